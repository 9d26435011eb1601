import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { buildIfStale } from '../../../electron/launch/build.ts'
import { findTools } from '../../tools.ts'

/**
 * Seconds from launching the app, built and with its model prepared in `cache`, to the first token in its window; null
 * where there can be no window. What is not measured comes first: a start that fills the caches of the window too.
 */
export async function windowStarts(data: string, cache: string, repeats: number): Promise<number[] | null> {
  const { electron, display } = findTools()
  if (!electron || !display) {
    process.stderr.write(`Without the window: ${electron ? 'no display and no Xvfb' : 'no Electron binary'}.\n`)
    return null
  }
  await buildIfStale()
  const file = path.join(import.meta.dirname, 'process.ts')
  const [program, ...args] = [...display, process.execPath, file, electron, data, cache, String(repeats + 1)]
  const { stdout, status } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`the starts of the window ended with ${status}`)
  return (JSON.parse(stdout) as number[]).slice(1)
}
