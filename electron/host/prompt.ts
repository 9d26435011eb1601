import type { Turn } from '../../models/common/values.ts'
import type { Message } from '../contract/values.ts'

/**
 * The turns of a branch as the model reads them. Answers that never came are left out, with the question where that was
 * too long to be answered; turns of the same speaker that thereby meet become one.
 */
export function promptOf(branch: readonly Message[]): Turn[] {
  const turns: Turn[] = []
  for (const [index, { role, text }] of branch.entries()) {
    const next = branch[index + 1]
    if (isMissingAnswer(branch[index]!) || (next && wasTooLong(next))) continue
    const last = turns.at(-1)
    if (last?.role === role) last.content += `\n\n${text}`
    else turns.push({ role, content: text })
  }
  return turns
}

const isMissingAnswer = ({ role, text }: Message): boolean => role === 'assistant' && text === ''

const wasTooLong = (message: Message): boolean =>
  isMissingAnswer(message) && message.generation?.failure?.code === 'PROMPT_TOO_LONG'
