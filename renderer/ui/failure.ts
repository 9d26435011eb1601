import type { Failure } from '../../models/common/errors.ts'
import { toldWhole, words } from '../language/language.svelte.ts'

/** What went wrong in the host or the engine, without the file or field concerned. */
export const failureSentence = ({ code, message }: Failure): string =>
  toldWhole(message) ?? words().shared.failed(code, message)

/** What went wrong in the host or the engine, and where. */
export function failureWords(failure: Failure): string {
  const sentence = failureSentence(failure)
  return failure.detail && !sentence.includes(failure.detail) ? `${sentence} (${failure.detail})` : sentence
}
