import { existsSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * Makes a folder and those above it, as `mkdir -p` does. Node's own recursion never ends where a file system refuses to
 * make what is missing with ENOENT, as /proc does.
 * @param mode of those that are made @throws as `mkdirSync`
 */
export function makeFolder(folder: string, mode?: number): void {
  const missing: string[] = []
  for (let at = path.resolve(folder); !existsSync(at); at = path.dirname(at)) missing.unshift(at)
  for (const each of missing) makeOne(each, mode)
  // says what is there in its place
  if (!statSync(folder).isDirectory()) mkdirSync(folder)
}

function makeOne(folder: string, mode: number | undefined): void {
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    // another process was faster
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
