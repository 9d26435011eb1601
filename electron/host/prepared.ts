import * as v from 'valibot'
import type { ConversationSettings } from '../contract/presets.ts'
import { ConversationSettingsSchema, FOLLOWING } from '../contract/presets.ts'
import type { StoredSettings } from '../history/settings.ts'

const KEY = 'newChat'

/** What the next new conversation is to have of its own; where that cannot be read, nothing. */
export function readPrepared(stored: StoredSettings): ConversationSettings {
  const read = v.safeParse(ConversationSettingsSchema, stored.read().get(KEY))
  return read.success ? read.output : FOLLOWING
}

export function keepPrepared(stored: StoredSettings, settings: ConversationSettings): void {
  const follows = settings.systemPrompt === null && Object.keys(settings.sampling).length === 0
  stored.write(new Map([[KEY, follows ? undefined : settings]]))
}
