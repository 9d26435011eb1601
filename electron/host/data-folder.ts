import { accessSync, constants } from 'node:fs'
import { DepthwiseError } from '../../models/common/errors.ts'
import { makeFolder } from '../../models/common/make-folder.ts'

/** @returns it @throws DepthwiseError HISTORY_UNWRITABLE where a folder of the person's data cannot be made or written to */
export function makeDataFolder(folder: string): string {
  try {
    makeFolder(folder, 0o700)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return folder
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    throw new DepthwiseError(
      'HISTORY_UNWRITABLE',
      `The folder of your conversations cannot be made or written to (${code}). Check its permissions, or choose another with DEPTHWISE_DATA.`,
      { detail: folder, cause },
    )
  }
}
