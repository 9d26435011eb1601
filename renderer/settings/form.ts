import * as v from 'valibot'
import type { Sampling } from '../../models/common/values.ts'
import type { Settings } from '../../electron/contract/values.ts'
import { SamplingSchema, SeedSchema } from '../../models/common/values.ts'

type NumberKey = Exclude<keyof Sampling, 'stop'>

interface NumberField {
  key: NumberKey
  label: string
  hint: string
  /** What is said where the schema refuses what was typed. */
  wrong: string
}

export const NUMBER_FIELDS: readonly NumberField[] = [
  {
    key: 'temperature',
    label: 'Temperature',
    hint: '0 always takes the likeliest token',
    wrong: 'A number from 0 to 5.',
  },
  { key: 'topK', label: 'Top-k', hint: '0 keeps every token', wrong: 'A whole number, 0 or more.' },
  { key: 'topP', label: 'Top-p', hint: '1 keeps every token', wrong: 'A number above 0, at most 1.' },
  { key: 'minP', label: 'Min-p', hint: '0 drops none', wrong: 'A number from 0 to 1.' },
  {
    key: 'repetitionPenalty',
    label: 'Repetition penalty',
    hint: '1 changes nothing',
    wrong: 'A number from 0.1 to 10.',
  },
  { key: 'maxTokens', label: 'Most tokens', hint: 'of one answer', wrong: 'A whole number, 1 or more.' },
]

/** What stands in the fields, as text. */
export interface Draft {
  theme: Settings['theme']
  seed: string
  /** One a line; \n in it stands for a new line. */
  stop: string
  numbers: Record<NumberKey, string>
}

/** The fields that differ from what they would be if nothing had been changed, each with that value as text. */
export function changedFields(draft: Draft, defaults: Settings): Partial<Record<NumberKey | 'stop', string>> {
  const own = draftOf(defaults)
  const keys = NUMBER_FIELDS.map(({ key }) => key).filter(
    (key) => toNumber(draft.numbers[key]) !== defaults.sampling[key],
  )
  const changed: Partial<Record<NumberKey | 'stop', string>> = {}
  for (const key of keys) changed[key] = own.numbers[key]
  if (draft.stop.trim() !== own.stop) changed.stop = own.stop
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

export type Errors = Partial<Record<NumberKey | 'seed' | 'stop', string>>

export function draftOf({ theme, seed, sampling }: Settings): Draft {
  const numbers = Object.fromEntries(NUMBER_FIELDS.map(({ key }) => [key, String(sampling[key])]))
  return {
    theme,
    seed: seed === null ? '' : String(seed),
    stop: sampling.stop.map((text) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')).join('\n'),
    numbers: numbers as Record<NumberKey, string>,
  }
}

/** The settings that a draft means, or what is wrong with it, field by field. */
export function readDraft(draft: Draft): { change: Partial<Settings> } | { errors: Errors } {
  const errors: Errors = {}
  for (const { key, wrong } of NUMBER_FIELDS) {
    if (!v.is(SamplingSchema.entries[key], toNumber(draft.numbers[key]))) errors[key] = wrong
  }
  const seed = draft.seed.trim() === '' ? null : toNumber(draft.seed)
  if (!v.is(v.nullable(SeedSchema), seed)) errors.seed = 'Empty, or a whole number up to 4294967295.'
  const stop = draft.stop
    .split('\n')
    .filter((line) => line !== '')
    .map(unescape)
  if (!v.is(SamplingSchema.entries.stop, stop)) errors.stop = 'At most 16 lines of at most 200 characters each.'
  if (Object.keys(errors).length > 0) return { errors }
  const numbers = Object.fromEntries(NUMBER_FIELDS.map(({ key }) => [key, toNumber(draft.numbers[key])]))
  return { change: { theme: draft.theme, seed, sampling: { ...(numbers as Record<NumberKey, number>), stop } } }
}

/** A comma counts as the decimal point that it is in much of the world; what is no number is NaN. */
function toNumber(text: string): number {
  const plain = text.trim().replace(',', '.')
  return plain === '' ? Number.NaN : Number(plain)
}

function unescape(line: string): string {
  return line.replace(/\\(\\|n)/g, (_, what) => (what === 'n' ? '\n' : '\\'))
}
