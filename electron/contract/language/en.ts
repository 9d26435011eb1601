import type { ErrorCode } from '../../../models/common/errors.ts'

/** What the window and the system's notifications both say, in English. */
export const en = {
  answered: 'An answer is there.',
  brokenOff: 'An answer was broken off.',
  /** Of a failure of the host or the engine, which come as English sentences with a code. */
  failed: (_code: ErrorCode, message: string) => message,
}

export type SharedWords = typeof en
