import type { SentRequest } from '../../electron/contract/pages.ts'
import { words } from '../language/language.svelte.ts'
import { bytes as bytesOf } from '../models/words.ts'

export const purposeOf = ({ purpose, subject }: SentRequest): string =>
  purpose === 'look' ? words().pages.toLookUp(subject) : words().pages.toDownload(subject)

/** What came of a request, in a few words. */
export function answerOf({ status, bytes }: SentRequest): string {
  if (status === null) return words().pages.noAnswer
  if (status >= 300 && status < 400) return words().pages.sentOn
  if (status >= 400) return words().pages.refused(status)
  return bytes === null ? words().pages.underWay : bytesOf(bytes)
}
