import { DepthwiseError } from '../../models/common/errors.ts'

const UNWRITABLE =
  /^(SQLITE_(CANTOPEN|READONLY|PERM|FULL|IOERR|AUTH|BUSY|LOCKED)|E(ACCES|PERM|ROFS|NOSPC|NOTDIR|ISDIR|EXIST|DQUOT|IO)$)/
/** What is written is held against what is there beforehand, so a constraint that fails then speaks of damage too. */
const CORRUPT = /^SQLITE_(CORRUPT|NOTADB|FORMAT|SCHEMA|ERROR|CONSTRAINT)/

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''

/** Whether only the search index is damaged; it can be made again from the messages. */
export const isSearchDamage = (thrown: unknown): boolean => codeOf(thrown) === 'SQLITE_CORRUPT_VTAB'

/** What SQLite or the file system threw, as a HISTORY_* error that names `file`; anything else as it is. */
export function historyError(thrown: unknown, file: string): unknown {
  if (thrown instanceof DepthwiseError) return thrown
  const code = codeOf(thrown)
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC') {
    return new DepthwiseError(
      'HISTORY_UNWRITABLE',
      'The disk is full, so the conversation could not be saved. Free some space and try again.',
      { detail: file, cause: thrown },
    )
  }
  if (UNWRITABLE.test(code)) {
    return new DepthwiseError(
      'HISTORY_UNWRITABLE',
      `The folder of your conversations cannot be written to (${code}). Check its permissions, or choose another with DEPTHWISE_DATA.`,
      { detail: file, cause: thrown },
    )
  }
  return CORRUPT.test(code) ? corrupt(file, code, thrown) : thrown
}

/** The file is damaged. It is never deleted or replaced by us. */
export function corrupt(file: string, what: string, cause?: unknown): DepthwiseError {
  return new DepthwiseError(
    'HISTORY_CORRUPT',
    `The file of your conversations is damaged (${what}). It was left as it is: put back a copy from the folder "backups" beside it, or move it away to begin a new one.`,
    { detail: file, cause },
  )
}
