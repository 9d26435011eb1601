import type { SentRequest } from '../../electron/contract/pages.ts'
import { bytes as bytesOf } from '../models/words.ts'

export const purposeOf = ({ purpose, subject }: SentRequest): string =>
  `${purpose === 'look' ? 'To look up' : 'To download'} ${subject}`

/** What came of a request, in a few words. */
export function answerOf({ status, bytes }: SentRequest): string {
  if (status === null) return 'none yet'
  if (status >= 300 && status < 400) return 'sent on'
  if (status >= 400) return `refused (${status})`
  return bytes === null ? 'under way' : bytesOf(bytes)
}
