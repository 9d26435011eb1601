import * as v from 'valibot'
import type { Sampling } from '../../models/common/values.ts'
import type { ConversationSettings } from '../../electron/contract/presets.ts'
import { SystemPromptSchema } from '../../electron/contract/presets.ts'
import type { Settings } from '../../electron/contract/values.ts'
import { SamplingSchema, SeedSchema } from '../../models/common/values.ts'
import { words } from '../language/language.svelte.ts'
import type { NumberKey } from './fields.ts'
import { NUMBER_KEYS } from './fields.ts'

/** What stands in the fields about an answer's words, as text. */
export interface SamplingDraft {
  /** One a line; \n in it stands for a new line. */
  stop: string
  numbers: Record<NumberKey, string>
  systemPrompt: string
}

export interface Draft extends SamplingDraft {
  theme: Settings['theme']
  textSize: Settings['textSize']
  language: Settings['language']
  seed: string
}

/** What an answer's words are chosen with. */
export type Chosen = Pick<Settings, 'sampling' | 'systemPrompt'>

export type Changed = Partial<Record<NumberKey | 'stop' | 'systemPrompt', string>>

/** The fields that differ from what they would be if nothing had been changed, each with that value as text. */
export function changedFields(draft: SamplingDraft, defaults: Chosen): Changed {
  const own = samplingDraftOf(defaults)
  const changed: Changed = {}
  for (const key of NUMBER_KEYS)
    if (toNumber(draft.numbers[key]) !== defaults.sampling[key]) changed[key] = own.numbers[key]
  if (draft.stop.trim() !== own.stop.trim()) changed.stop = own.stop
  if (draft.systemPrompt !== own.systemPrompt) changed.systemPrompt = own.systemPrompt
  return changed
}

/**
 * What a person changed of the settings that the form began with, on those of now: a model that is loaded meanwhile
 * brings values of its own, which a form that shows older ones must not undo.
 */
export function rebased(change: Partial<Settings>, begun: Settings, now: Settings): Partial<Settings> {
  const { sampling } = change
  if (!sampling) return change
  const typed = Object.entries(sampling).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(begun.sampling[key as keyof Sampling]),
  )
  return { ...change, sampling: { ...now.sampling, ...Object.fromEntries(typed) } }
}

export type Errors = Partial<Record<NumberKey | 'seed' | 'stop' | 'systemPrompt', string>>

export function draftOf(settings: Settings): Draft {
  const { theme, textSize, language, seed } = settings
  return { ...samplingDraftOf(settings), theme, textSize, language, seed: seed === null ? '' : String(seed) }
}

export function samplingDraftOf({ sampling, systemPrompt }: Chosen): SamplingDraft {
  const numbers = Object.fromEntries(NUMBER_KEYS.map((key) => [key, String(sampling[key])]))
  return {
    stop: sampling.stop.map((text) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')).join('\n'),
    numbers: numbers as Record<NumberKey, string>,
    systemPrompt,
  }
}

/** The settings that a draft means, or what is wrong with it, field by field. */
export function readDraft(draft: Draft): { change: Partial<Settings> } | { errors: Errors } {
  const read = readSamplingDraft(draft)
  const errors: Errors = 'errors' in read ? read.errors : {}
  const seed = draft.seed.trim() === '' ? null : toNumber(draft.seed)
  if (!v.is(v.nullable(SeedSchema), seed)) errors.seed = words().settings.seedWrong
  if ('errors' in read || errors.seed !== undefined) return { errors }
  const { theme, textSize, language } = draft
  return { change: { theme, textSize, language, seed, ...read.chosen } }
}

/** As `readDraft`, of what an answer's words are chosen with. */
export function readSamplingDraft(draft: SamplingDraft): { chosen: Chosen } | { errors: Errors } {
  const errors: Errors = {}
  for (const key of NUMBER_KEYS) {
    if (!v.is(SamplingSchema.entries[key], toNumber(draft.numbers[key])))
      errors[key] = words().settings.numbers[key].wrong
  }
  const stop = draft.stop
    .split('\n')
    .filter((line) => line !== '')
    .map(unescape)
  if (!v.is(SamplingSchema.entries.stop, stop)) errors.stop = words().settings.stopWrong
  if (!v.is(SystemPromptSchema, draft.systemPrompt)) errors.systemPrompt = words().settings.systemPromptWrong
  if (Object.keys(errors).length > 0) return { errors }
  const numbers = Object.fromEntries(NUMBER_KEYS.map((key) => [key, toNumber(draft.numbers[key])]))
  return {
    chosen: { systemPrompt: draft.systemPrompt, sampling: { ...(numbers as Record<NumberKey, number>), stop } },
  }
}

/** What holds in a conversation. */
export function chosenIn(own: ConversationSettings, settings: Chosen): Chosen {
  return {
    systemPrompt: own.systemPrompt ?? settings.systemPrompt,
    sampling: { ...settings.sampling, ...(own.sampling as Partial<Sampling>) },
  }
}

/** What of it differs from the settings. */
export function ownOf(chosen: Chosen, settings: Chosen): ConversationSettings {
  return {
    systemPrompt: chosen.systemPrompt === settings.systemPrompt ? null : chosen.systemPrompt,
    sampling: Object.fromEntries(
      Object.entries(chosen.sampling).filter(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(settings.sampling[key as keyof Sampling]),
      ),
    ),
  }
}

/** A comma counts as the decimal point that it is in much of the world; what is no number is NaN. */
function toNumber(text: string): number {
  const plain = text.trim().replace(',', '.')
  return plain === '' ? Number.NaN : Number(plain)
}

function unescape(line: string): string {
  return line.replace(/\\(\\|n)/g, (_, what) => (what === 'n' ? '\n' : '\\'))
}
