import type { Migration } from '../migrate.ts'

/**
 * The model that a conversation has of its own (name NULL: the app's; id NULL: none of this machine), and the system prompt
 * that an answer was written with (NULL: none, or not known).
 */
export const conversationModel: Migration = {
  name: 'conversation-model',
  sql: `
    ALTER TABLE conversation ADD COLUMN model_id TEXT;
    ALTER TABLE conversation ADD COLUMN model_name TEXT;
    ALTER TABLE conversation ADD COLUMN model_hash TEXT;
    ALTER TABLE generation ADD COLUMN system_prompt TEXT;
  `,
}
