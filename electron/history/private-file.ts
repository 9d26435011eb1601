import { chmodSync, closeSync, openSync } from 'node:fs'

/** Makes a file, where it is not there, that its owner alone may read, whatever folder it is in; one that is becomes so. */
export function keepPrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
  try {
    chmodSync(file, 0o600)
  } catch {
    // disks without such rights, and files of someone else who shares them
  }
}
