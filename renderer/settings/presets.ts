import * as v from 'valibot'
import type { Preset } from '../../electron/contract/presets.ts'
import { PresetSchema, PresetsSchema } from '../../electron/contract/presets.ts'
import type { Settings } from '../../electron/contract/values.ts'
import { words } from '../language/language.svelte.ts'
import type { Chosen } from './form.ts'

/** What a preset makes of what is chosen. @param own the model's own values */
export function applied(preset: Preset, chosen: Chosen, own: Settings['sampling']): Chosen {
  return {
    systemPrompt: preset.systemPrompt ?? chosen.systemPrompt,
    sampling: { ...own, ...(preset.sampling as Partial<Settings['sampling']>) },
  }
}

/** The preset that what is chosen is; one of a person's own comes before a built-in one. */
export function presetThatIs(chosen: Chosen, presets: readonly Preset[], own: Settings['sampling']): Preset | null {
  const text = JSON.stringify(sorted(chosen))
  return presets.findLast((preset) => JSON.stringify(sorted(applied(preset, chosen, own))) === text) ?? null
}

/** What is chosen, under a name: the values that are not the model's own, and the system prompt, if there is one. */
export function presetOf(name: string, { systemPrompt, sampling }: Chosen, own: Settings['sampling']): Preset {
  const differing = Object.entries(sampling).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(own[key as keyof typeof own]),
  )
  return {
    name: name.trim(),
    systemPrompt: systemPrompt.trim() === '' ? null : systemPrompt,
    sampling: Object.fromEntries(differing),
  }
}

/** What is wrong with a name for a preset beside `others`; null: nothing. */
export function nameProblem(name: string, others: readonly Preset[]): string | null {
  const preset = { name, systemPrompt: null, sampling: {} }
  if (!v.is(PresetSchema, preset)) return words().settings.presetNameWrong
  if (others.length >= 100) return words().settings.tooManyPresets
  return v.is(PresetsSchema, [...others, { ...preset, name: name.trim() }]) ? null : words().settings.presetNameTaken
}

const sorted = ({ sampling, systemPrompt }: Chosen): unknown => [
  systemPrompt,
  Object.entries(sampling).sort(([a], [b]) => (a < b ? -1 : 1)),
]
