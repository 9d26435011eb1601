import type { Turn } from '../../models/common/values.ts'
import type { Message } from '../contract/values.ts'

/**
 * The turns of a branch as the model reads them. Answers that never came are left out, with the question where that was
 * too long to be answered; turns of the same speaker that thereby meet become one.
 * @param thoughts whether the thoughts of its answers are read too @param systemPrompt what stands before all of it; may be empty
 */
export function promptOf(branch: readonly Message[], thoughts = false, systemPrompt = ''): Turn[] {
  const turns: Turn[] = systemPrompt.trim() === '' ? [] : [{ role: 'system', content: systemPrompt }]
  for (const [index, { role, text, generation }] of branch.entries()) {
    const next = branch[index + 1]
    if (isMissingAnswer(branch[index]!) || (next && wasTooLong(next))) continue
    const last = turns.at(-1)
    if (last?.role === role) last.content += `\n\n${text}`
    else turns.push({ role, content: text, ...(thoughts && thoughtOf(generation)) })
  }
  return turns
}

/** A branch as one text, for a model that goes on with texts: whoever wrote a part of it, nothing stands between them. */
export function textOf(branch: readonly Message[]): string {
  return promptOf(branch)
    .map(({ content }) => content)
    .join('')
}

function thoughtOf(generation: Message['generation']): Pick<Turn, 'thought'> {
  const thought = generation?.thought?.text.trim() ?? ''
  return thought === '' ? {} : { thought }
}

const isMissingAnswer = ({ role, text }: Message): boolean => role === 'assistant' && text === ''

const wasTooLong = (message: Message): boolean =>
  isMissingAnswer(message) && message.generation?.failure?.code === 'PROMPT_TOO_LONG'
