import { withFiles } from '../contract/attachments.ts'
import type { Message } from '../contract/values.ts'
import type { History } from '../history/history.ts'

/** A branch as a model reads it: in the text of each turn, its files stand before what was written. */
export function readBranch(
  { messages, attachments }: Pick<History, 'messages' | 'attachments'>,
  leafId: number,
): Message[] {
  return messages.branch(leafId).map((message) => {
    const files = (message.attachments ?? []).map(({ id }) => attachments.read(id))
    return files.length === 0 ? message : { ...message, text: withFiles(files, message.text) }
  })
}
