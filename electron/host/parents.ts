import { DepthwiseError } from '../../models/common/errors.ts'
import type { Messages } from '../history/messages.ts'

/** @throws DepthwiseError NOT_FOUND; BAD_ARGUMENT where no turn of a person can follow there */
export function expectParent(messages: Messages, conversationId: number, parentId: number | null): void {
  if (parentId === null) return
  const parent = messages.get(parentId)
  if (parent.conversationId === conversationId && parent.role !== 'user') return
  throw new DepthwiseError('BAD_ARGUMENT', 'A message can only follow an answer of the same conversation.', {
    detail: `parent ${parentId}`,
  })
}
