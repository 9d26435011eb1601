import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { machine } from './machine.ts'

/** Beside a prepared model while a GPU is loaded for it: how often that was begun and not ended. */
const FILE = 'gpu-attempt.json'
/** Attempts without an end that are no accident: a person may have pulled the plug once. */
const TOO_MANY = 2

const open = new Set<string>()

/** A driver that takes the process down with it is found at the next start; a process that is asked to end is none. */
export function beginAttempt(folder: string): void {
  if (open.size === 0) process.on('exit', endAll)
  open.add(folder)
  write(folder, attempts(folder) + 1)
}

export function endAttempt(folder: string): void {
  rmSync(path.join(folder, FILE), { force: true })
  open.delete(folder)
  if (open.size === 0) process.off('exit', endAll)
}

/** Whether loading a GPU has ended the process before, on this machine as it is. */
export function endedBadly(folder: string): boolean {
  return attempts(folder) >= TOO_MANY
}

function endAll(): void {
  for (const folder of open) rmSync(path.join(folder, FILE), { force: true })
}

function attempts(folder: string): number {
  try {
    const known = JSON.parse(readFileSync(path.join(folder, FILE), 'utf8')) as { machine?: unknown; count?: unknown }
    return known.machine === machine() && typeof known.count === 'number' ? known.count : 0
  } catch {
    return 0
  }
}

function write(folder: string, count: number): void {
  try {
    writeFileSync(path.join(folder, FILE), JSON.stringify({ machine: machine(), count }))
  } catch {
    // where nothing can be kept, nothing is known at the next start
  }
}
