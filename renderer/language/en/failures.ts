import type { ErrorCode } from '../../../models/common/errors.ts'

/** What is said of a failure of the host or the engine, which come as English sentences with a code. */
export const failures = {
  said: (_code: ErrorCode, message: string) => message,
}
