import * as v from 'valibot'
import type { Role, Turn } from '../../models/common/values.ts'
import { badField } from './errors.ts'

const PartSchema = v.looseObject({
  type: v.string(),
  text: v.nullish(v.string()),
  refusal: v.nullish(v.string()),
})

export const ContentSchema = v.nullish(v.union([v.string(), v.array(PartSchema)]))

export const MessageSchema = v.looseObject({
  role: v.string(),
  content: ContentSchema,
  tool_calls: v.nullish(v.array(v.unknown())),
})
type Message = v.InferOutput<typeof MessageSchema>

const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
}

const TEXT_PARTS = new Set(['text', 'input_text', 'output_text'])

/** Messages as the model's chat template reads them. @param at path of the list, for errors @throws DepthwiseError BAD_ARGUMENT */
export function turnsOf(messages: readonly Message[], at: string): Turn[] {
  if (messages.length === 0) throw badField(at, 'There is nothing to answer: the list of messages is empty.')
  return messages.map((message, index) => turnOf(message, `${at}.${index}`))
}

function turnOf({ role, content, tool_calls: calls }: Message, at: string): Turn {
  const known = ROLES[role]
  if (known === undefined)
    throw badField(`${at}.role`, `Messages are of “system”, “developer”, “user” or “assistant”, not of “${role}”.`)
  if (calls && calls.length > 0) throw badField(`${at}.tool_calls`, 'Tools cannot be called here.')
  return { role: known, content: textOf(content, `${at}.content`) }
}

function textOf(content: Message['content'], at: string): string {
  if (content === undefined || content === null) return ''
  if (typeof content === 'string') return content
  return content
    .map(({ type, text, refusal }, index) => {
      if (TEXT_PARTS.has(type)) return text ?? ''
      if (type === 'refusal') return refusal ?? ''
      throw badField(`${at}.${index}.type`, `The model reads text only, and no “${type}”.`)
    })
    .join('')
}
