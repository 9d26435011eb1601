import { spawnSync } from 'node:child_process'
import path from 'node:path'
import Database from 'better-sqlite3'
import { buildIfStale } from '../../../electron/launch/build.ts'
import { findTools } from '../../tools.ts'

const PROCESS = path.join(import.meta.dirname, 'process.ts')

/**
 * Seconds from launching the app, built and with its model prepared in `cache`, to the first token in its window; null
 * where there can be no window. What is not measured comes first: a start that fills the caches of the window too.
 */
export async function windowStarts(data: string, cache: string, repeats: number): Promise<number[] | null> {
  const times = await launch(data, cache, 'Hello', repeats + 1, 'first')
  return times && times.slice(1)
}

/** Tokens a second of one answer, of some hundred tokens, that is written in the window; null where there can be none. */
export async function windowRate(data: string, cache: string, message: string): Promise<number | null> {
  if (!(await launch(data, cache, message, 1, 'whole'))) return null
  const history = new Database(path.join(data, 'history.sqlite'), { readonly: true })
  try {
    return history.prepare('SELECT tokens_per_second FROM generation').pluck().get() as number
  } finally {
    history.close()
  }
}

async function launch(
  data: string,
  cache: string,
  message: string,
  count: number,
  extent: 'first' | 'whole',
): Promise<number[] | null> {
  const { electron, display } = findTools()
  if (!electron || !display) {
    process.stderr.write(`Without the window: ${electron ? 'no display and no Xvfb' : 'no Electron binary'}.\n`)
    return null
  }
  await buildIfStale()
  const given = [electron, data, cache, message, String(count), extent]
  const [program, ...args] = [...display, process.execPath, PROCESS, ...given] as [string, ...string[]]
  const { stdout, status } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`the window ended with ${status}`)
  return JSON.parse(stdout) as number[]
}
