import * as v from 'valibot'
import type { ConversationSettings } from '../contract/presets.ts'
import { ConversationSettingsSchema, FOLLOWING } from '../contract/presets.ts'
import type { ModelId } from '../contract/models.ts'
import { ModelIdSchema } from '../contract/models.ts'
import type { StoredSettings } from '../history/settings.ts'

const [KEY, MODEL_KEY] = ['newChat', 'newChatModel']

/** What the next new conversation is to have of its own; where that cannot be read, nothing. */
export function readPrepared(stored: StoredSettings): ConversationSettings {
  const read = v.safeParse(ConversationSettingsSchema, stored.read().get(KEY))
  return read.success ? read.output : FOLLOWING
}

export function keepPrepared(stored: StoredSettings, settings: ConversationSettings): void {
  const follows = settings.systemPrompt === null && Object.keys(settings.sampling).length === 0
  stored.write(new Map([[KEY, follows ? undefined : settings]]))
}

/** The model that the next new conversation is to have of its own; null: none. */
export function readPreparedModel(stored: StoredSettings): ModelId | null {
  const read = v.safeParse(ModelIdSchema, stored.read().get(MODEL_KEY))
  return read.success ? read.output : null
}

export function keepPreparedModel(stored: StoredSettings, modelId: ModelId | null): void {
  stored.write(new Map([[MODEL_KEY, modelId ?? undefined]]))
}
