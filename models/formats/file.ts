import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { ErrorCode } from '../common/errors.ts'
import { DepthwiseError } from '../common/errors.ts'

/**
 * Opens a file of a model for reading. Links are followed wherever they lead: the folders of Hugging Face's cache consist
 * of them. What is no file of bytes is refused, and never waited for, as a pipe would be.
 * @param name how to call it in a sentence
 * @returns its descriptor and its size in bytes
 * @throws DepthwiseError with `code`
 */
export function openFile(path: string, code: ErrorCode, name: string): { fd: number; size: number } {
  const bad = (what: string, cause?: unknown): DepthwiseError =>
    new DepthwiseError(code, `${name} ${what}.`, { detail: path, cause })
  let fd: number
  try {
    // Windows knows no O_NONBLOCK, and no pipes in folders
    fd = openSync(path, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0))
  } catch (cause) {
    throw bad('cannot be opened', cause)
  }
  const stats = fstatSync(fd)
  if (stats.isFile()) return { fd, size: stats.size }
  closeSync(fd)
  throw bad('is not a regular file')
}

/** Fills `target` from a place in a file. @returns whether the file was long enough @throws as readSync */
export function fill(fd: number, target: Uint8Array, position: number): boolean {
  for (let done = 0; done < target.byteLength;) {
    const count = readSync(fd, target, done, target.byteLength - done, position + done)
    if (count === 0) return false
    done += count
  }
  return true
}

/** @throws DepthwiseError with `code` where a model's file could not be read */
export function checkReadable(path: string, code: ErrorCode, name: string): void {
  closeSync(openFile(path, code, name).fd)
}
