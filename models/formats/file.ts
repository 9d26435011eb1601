import type { Stats } from 'node:fs'
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ErrorCode } from '../common/errors.ts'
import { DepthwiseError } from '../common/errors.ts'

/** Of a file that is read whole: the index of a model in a thousand shards takes some 20 MB. */
export const MAX_TEXT_BYTES = 64_000_000

/** Holes are looked for in files from this size on: to read a smaller one to no end takes no time. */
const SPARSE_BYTES = 1 << 26
/** A file of which less than this share is on the disk holds nothing but zeros; file systems that compress keep far more of weights. */
const SPARSE_SHARE = 1 / 16
/** What `blocks` of a file counts. */
const BLOCK_BYTES = 512

/** A file that is open for reading, to be closed by what asked for it. */
export interface OpenFile {
  fd: number
  size: number
}

/**
 * Opens a file that a person has named, for reading. Links are followed wherever they lead. What is no file of bytes is
 * refused, and never waited for, as a pipe would be; so is one that claims terabytes and holds none.
 * @param name how to call it in a sentence
 * @throws DepthwiseError with `code`
 */
export function openFile(place: string, code: ErrorCode, name: string): OpenFile {
  const bad = refusal(place, code, name)
  let fd: number
  try {
    // Windows knows no O_NONBLOCK, and no pipes in folders
    fd = openSync(place, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0))
  } catch (cause) {
    throw bad('cannot be opened', cause)
  }
  const stats = fstatSync(fd)
  const why = !stats.isFile() ? 'is not a regular file' : isHollow(stats) ? hollow(stats) : null
  if (why === null) return { fd, size: stats.size }
  closeSync(fd)
  throw bad(why)
}

/**
 * Opens a file of a model's folder for reading: one that lies in the folder, or in the blobs of the repository whose
 * snapshot in the cache of the Hugging Face tools the folder is. A link to anywhere else would carry a file of the
 * person's own into the model.
 * @throws DepthwiseError with `code`, as openFile
 */
export function openPart(place: string, code: ErrorCode, name: string): OpenFile {
  const bad = refusal(place, code, name)
  let target: string
  let isInside: boolean
  try {
    target = realpathSync(place)
    isInside = belongsTo(realpathSync(path.dirname(place)), target)
  } catch (cause) {
    throw bad('cannot be opened', cause)
  }
  if (!isInside) throw bad('is a link that leads out of the model folder')
  return openFile(target, code, name)
}

/** Bytes of a part of a model, as openPart opens it. @throws DepthwiseError with `code`, where it is larger than any such file too */
export function readPartBytes(place: string, code: ErrorCode, name: string): Uint8Array<ArrayBuffer> {
  const bad = refusal(place, code, name)
  const { fd, size } = openPart(place, code, name)
  try {
    if (size > MAX_TEXT_BYTES) throw bad(`is larger than ${MAX_TEXT_BYTES} bytes`)
    const bytes = new Uint8Array(size)
    if (!isFilled(fd, bytes, bad)) throw bad('ended before all of it was read')
    return bytes
  } finally {
    closeSync(fd)
  }
}

/** Copies a part of a model into a folder that has none of that name. @throws DepthwiseError as readPartBytes; and as writeFileSync */
export function copyPart(place: string, folder: string, code: ErrorCode): void {
  const name = path.basename(place)
  writeFileSync(path.join(folder, name), readPartBytes(place, code, name), { flag: 'wx' })
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

/** @param most bytes that it may have; default: any number @throws DepthwiseError with `code` where a model's file could not be read, as openPart */
export function checkReadable(place: string, code: ErrorCode, name: string, most = Infinity): void {
  const { fd, size } = openPart(place, code, name)
  closeSync(fd)
  if (size > most) throw refusal(place, code, name)(`is larger than ${most} bytes`)
}

/** @param folder and @param target without links in them */
function belongsTo(folder: string, target: string): boolean {
  const holder = path.dirname(target)
  if (holder === folder) return true
  const snapshots = path.dirname(folder)
  return path.basename(snapshots) === 'snapshots' && holder === path.join(path.dirname(snapshots), 'blobs')
}

/** Systems and disks that do not count blocks say 0. */
function isHollow({ size, blocks }: Stats): boolean {
  return size >= SPARSE_BYTES && blocks > 0 && blocks * BLOCK_BYTES < size * SPARSE_SHARE
}

function hollow({ size, blocks }: Stats): string {
  return `claims ${size} bytes, of which ${blocks * BLOCK_BYTES} are on the disk: the rest is holes, not weights`
}

function isFilled(fd: number, bytes: Uint8Array, bad: ReturnType<typeof refusal>): boolean {
  try {
    return fill(fd, bytes, 0)
  } catch (cause) {
    throw bad('cannot be read', cause)
  }
}

function refusal(detail: string, code: ErrorCode, name: string): (what: string, cause?: unknown) => DepthwiseError {
  return (what, cause) => new DepthwiseError(code, `${name} ${what}.`, { detail, cause })
}
