import type { Sampling } from '../../models/common/values.ts'
import type { ConversationSettings } from '../contract/presets.ts'
import type { History } from '../history/history.ts'
import type { Clients } from './clients.ts'
import type { HostSettings, OwnSettings } from './settings.ts'

interface ConversationSettingsParts {
  history: Pick<History, 'conversations' | 'conversationSettings'>
  settings: HostSettings
  clients: Clients
}

/** What holds in a conversation: its own, and the settings for all else. */
export class ConversationSettingsKeeper {
  private readonly parts: ConversationSettingsParts

  constructor(parts: ConversationSettingsParts) {
    this.parts = parts
  }

  /** What it has of its own. @throws DepthwiseError NOT_FOUND */
  read(conversationId: number): ConversationSettings {
    this.parts.history.conversations.get(conversationId)
    return this.parts.history.conversationSettings.read(conversationId)
  }

  /** @throws DepthwiseError NOT_FOUND */
  change(id: number, settings: ConversationSettings): ConversationSettings {
    const { history, clients } = this.parts
    history.conversations.get(id)
    history.conversationSettings.write(id, settings)
    const kept = history.conversationSettings.read(id)
    clients.announce('conversation.configured', { id, settings: kept })
    return kept
  }

  /** What its next answer is written with. @param model what the model that writes it brings along */
  effective(conversationId: number, model?: OwnSettings | null): { systemPrompt: string; sampling: Sampling } {
    const own = this.parts.history.conversationSettings.read(conversationId)
    const { systemPrompt, sampling } = this.parts.settings.read(model)
    return {
      systemPrompt: own.systemPrompt ?? systemPrompt,
      sampling: { ...sampling, ...withoutGaps(own.sampling) },
    }
  }
}

function withoutGaps(sampling: ConversationSettings['sampling']): Partial<Sampling> {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined))
}
