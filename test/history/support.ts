import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { History } from '../../electron/history/history.ts'
import { openHistory } from '../../electron/history/history.ts'

/** An empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-history-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

export const databaseFile = (folder: string): string => path.join(folder, 'history.sqlite')

/** Opens a history, does something with it, closes it. */
export function withHistory<T>(folder: string, use: (history: History) => T): T {
  const history = openHistory(folder)
  try {
    return use(history)
  } finally {
    history.close()
  }
}

/** The code that `work` is refused with, or null. */
export function refusal(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof DepthwiseError) return error.code
    throw error
  }
}
