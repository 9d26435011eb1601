import type { Turn } from '../../models/common/values.ts'
import type { Message } from '../contract/values.ts'

/**
 * The turns of a branch as the model reads them. Answers that never came are left out, with the question where that was
 * too long to be answered; turns of the same speaker that thereby meet become one.
 * @param thoughts whether the thoughts of its answers are read too @param systemPrompt what stands before all of it; may be empty
 */
export function promptOf(branch: readonly Message[], thoughts = false, systemPrompt = ''): Turn[] {
  const before: Turn[] = systemPrompt.trim() === '' ? [] : [{ role: 'system', content: systemPrompt }]
  const turns = turnsOf(branch).map((messages): Turn => {
    const content = messages.map(({ text }) => text).join('\n\n')
    return { role: messages[0]!.role, content, ...(thoughts && thoughtOf(messages[0]!.generation)) }
  })
  return [...before, ...turns]
}

/** A branch as one text, for a model that goes on with texts: nothing stands between them. */
export function textOf(branch: readonly Message[]): string {
  return promptOf(branch)
    .map(({ content }) => content)
    .join('')
}

/** The first message that is read where so many of the oldest turns are left out; null where none are. */
export function readsFrom(branch: readonly Message[], leftOut: number): number | null {
  const spoken = turnsOf(branch).filter(([first]) => first!.role !== 'system')
  return leftOut === 0 ? null : (spoken[leftOut]?.[0]?.id ?? null)
}

/** So many of the oldest turns come before `messageId`; 0 where that is none of the branch. */
export function turnsBefore(branch: readonly Message[], messageId: number | null | undefined): number {
  if (messageId === null || messageId === undefined) return 0
  const spoken = turnsOf(branch).filter(([first]) => first!.role !== 'system')
  return Math.max(
    0,
    spoken.findIndex((messages) => messages.some(({ id }) => id === messageId)),
  )
}

/** The messages that make up each turn. */
function turnsOf(branch: readonly Message[]): Message[][] {
  const turns: Message[][] = []
  for (const [index, message] of branch.entries()) {
    const next = branch[index + 1]
    if (isMissingAnswer(message) || (next && wasTooLong(next))) continue
    const last = turns.at(-1)
    if (last?.[0]?.role === message.role) last.push(message)
    else turns.push([message])
  }
  return turns
}

function thoughtOf(generation: Message['generation']): Pick<Turn, 'thought'> {
  const thought = generation?.thought?.text.trim() ?? ''
  return thought === '' ? {} : { thought }
}

const isMissingAnswer = ({ role, text }: Message): boolean => role === 'assistant' && text === ''

const wasTooLong = (message: Message): boolean =>
  isMissingAnswer(message) && message.generation?.failure?.code === 'PROMPT_TOO_LONG'
