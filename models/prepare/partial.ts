import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { uptime } from 'node:os'
import path from 'node:path'
import { DepthwiseError } from '../common/errors.ts'
import { unwritable, writable } from './folder.ts'

/** `NAME.partial-PID-TIME`: what the process PID has been filling since TIME, in milliseconds since 1970. */
const PARTIAL = /^(.+)\.partial-(\d+)-(\d+)$/

/**
 * Lets `build` fill a folder beside `folder`, to be renamed to it at the end; whatever it throws, and where the process
 * exits meanwhile, nothing is left behind. What a process that was killed left of such a folder is removed first.
 * @throws DepthwiseError CACHE_UNWRITABLE where it cannot be made, NO_SPACE where the disk is full, and as `build`
 */
export async function besideFolder<T>(folder: string, build: (partial: string) => Promise<T>): Promise<T> {
  const partial = `${folder}.partial-${process.pid}-${Date.now()}`
  const remove = (): void => {
    rmSync(partial, { recursive: true, force: true })
  }
  removeAbandoned(path.dirname(folder), path.basename(folder))
  writable(path.dirname(folder), () => {
    mkdirSync(partial)
  })
  process.on('exit', remove)
  try {
    return await build(partial)
  } catch (error) {
    remove()
    // sources that cannot be read have errors of their own: what the system refuses here is to write
    if (error instanceof Error && 'syscall' in error) throw refusal(folder, error)
    throw error
  } finally {
    process.off('exit', remove)
  }
}

/** Removes partial folders of processes that run no more. @param of the name of the folder that they were to become; default: any */
export function removeAbandoned(folder: string, of?: string): void {
  for (const name of names(folder)) {
    const [, whole, pid, time] = PARTIAL.exec(name) ?? []
    if (whole === undefined || (of !== undefined && whole !== of)) continue
    if (!isRunning(Number(pid), Number(time))) rmSync(path.join(folder, name), { recursive: true, force: true })
  }
}

/** @throws DepthwiseError NO_SPACE where a folder's disk has less room than so many bytes */
export function needSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize >= bytes) return
  const room = `${gigabytes(bytes)} are needed, and ${gigabytes(bavail * bsize)} are free`
  throw new DepthwiseError('NO_SPACE', `There is too little room on the disk of ${path.dirname(folder)}: ${room}.`, {
    detail: path.dirname(folder),
  })
}

/** A number of a process is given again, but not within one start of the machine as a rule. */
function isRunning(pid: number, since: number): boolean {
  if (since < Date.now() - 1000 * uptime()) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // a process of someone else's runs, too
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function refusal(folder: string, cause: Error): DepthwiseError {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') return unwritable(folder, cause)
  const message = `The disk of ${path.dirname(folder)} became full while the model was written; nothing of it was kept.`
  return new DepthwiseError('NO_SPACE', message, { detail: path.dirname(folder), cause })
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 1)} GB`
}
