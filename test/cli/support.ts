import { spawn } from 'node:child_process'
import path from 'node:path'
import { afterAll } from 'vitest'
import { temporaryFolder } from '../models/support.ts'

const root = path.join(import.meta.dirname, '../..')

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
  /** Pieces in which standard output came. */
  pieces: number
}

export type Command = (...args: string[]) => Promise<Outcome>

/** A command as a person runs it; all of a file's tests share one cache. */
export function command(script: string): Command {
  const cache = temporaryFolder(afterAll)
  return (...args) => {
    const child = spawn(process.execPath, [path.join(root, script), ...args], {
      cwd: root,
      // a Vulkan driver in software would only be measured, and refused
      env: { ...process.env, DEPTHWISE_CACHE: cache, VK_ICD_FILENAMES: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const outcome: Outcome = { code: null, stdout: '', stderr: '', pieces: 0 }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outcome.stdout += text
      outcome.pieces++
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        resolve({ ...outcome, code })
      })
    })
  }
}

/** The object on the last line. */
export function lastJson({ stdout }: Outcome): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, unknown>
}
