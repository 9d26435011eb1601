import * as v from 'valibot'
import { SamplingSchema } from '../../models/common/values.ts'

/** What a model reads before the first turn; empty: nothing. */
export const SystemPromptSchema = v.pipe(v.string(), v.maxLength(50_000))

/** What a conversation has of its own. All else follows the settings. */
export const ConversationSettingsSchema = v.strictObject({
  /** null: that of the settings. Empty: none, whatever the settings say. */
  systemPrompt: v.nullable(SystemPromptSchema),
  sampling: v.partial(SamplingSchema),
})
export type ConversationSettings = v.InferOutput<typeof ConversationSettingsSchema>

/** A conversation with nothing of its own. */
export const FOLLOWING: ConversationSettings = { systemPrompt: null, sampling: {} }

/** Values under a name. What it does not say of sampling is the model's own; `systemPrompt` null leaves that alone. */
export const PresetSchema = v.strictObject({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(60)),
  systemPrompt: v.nullable(SystemPromptSchema),
  sampling: v.partial(SamplingSchema),
})
export type Preset = v.InferOutput<typeof PresetSchema>

/** Always there; Balanced is what the model's makers recommend. */
export const BUILT_IN_PRESETS: readonly Preset[] = [
  { name: 'Balanced', systemPrompt: null, sampling: {} },
  { name: 'Precise', systemPrompt: null, sampling: { temperature: 0.2, topK: 0, topP: 0.9, minP: 0.1 } },
  { name: 'Creative', systemPrompt: null, sampling: { temperature: 1.1, topK: 0, topP: 0.98, minP: 0.03 } },
]

const isFree = (names: readonly string[]): boolean =>
  new Set([...BUILT_IN_PRESETS.map(({ name }) => name), ...names].map((name) => name.toLowerCase())).size ===
  BUILT_IN_PRESETS.length + names.length

/** A person's own, each under a name that no other has, in whatever case. */
export const PresetsSchema = v.pipe(
  v.array(PresetSchema),
  v.maxLength(100),
  v.check((presets) => isFree(presets.map(({ name }) => name)), 'Two presets have the same name.'),
)
