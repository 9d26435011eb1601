import * as v from 'valibot'
import type { Turn } from '../../models/common/values.ts'
import { badField } from './errors.ts'
import { MessageSchema, turnsOf } from './messages.ts'

const ItemSchema = v.looseObject({
  ...MessageSchema.entries,
  type: v.nullish(v.string()),
  role: v.nullish(v.string()),
})

export const InputSchema = v.union([v.string(), v.array(ItemSchema)])

/** The turns that a request's input means, behind its instructions. @throws DepthwiseError BAD_ARGUMENT */
export function turnsOfInput(
  input: v.InferOutput<typeof InputSchema>,
  instructions: string | null | undefined,
): Turn[] {
  const before: Turn[] = instructions ? [{ role: 'system', content: instructions }] : []
  if (typeof input === 'string') return [...before, { role: 'user', content: input }]
  const messages = input.flatMap((item, index) => {
    const type = item.type ?? 'message'
    // thoughts of earlier answers are not read again
    if (type === 'reasoning') return []
    if (type !== 'message') throw badField(`input.${index}.type`, `Items of type “${type}” cannot be read here.`)
    return [{ ...item, role: item.role ?? '' }]
  })
  return [...before, ...turnsOf(messages, 'input')]
}
