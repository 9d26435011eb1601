import type { Migration } from '../migrate.ts'
import { conversations } from './0001-conversations.ts'
import { settings } from './0002-settings.ts'
import { search } from './0003-search.ts'
import { modelId } from './0004-model-id.ts'
import { thoughts } from './0005-thoughts.ts'
import { tokenDetails } from './0006-token-details.ts'
import { overflow } from './0007-overflow.ts'
import { organising } from './0008-organising.ts'
import { conversationSettings } from './0009-conversation-settings.ts'
import { conversationModel } from './0010-conversation-model.ts'

/** In order of application, for ever: steps are only ever added at the end. */
export const MIGRATIONS: readonly Migration[] = [
  conversations,
  settings,
  search,
  modelId,
  thoughts,
  tokenDetails,
  overflow,
  organising,
  conversationSettings,
  conversationModel,
]
