import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Page } from './page.ts'

const ROOT = path.join(import.meta.dirname, '../../..')
const COMPOSER = `document.activeElement?.dataset?.testid === 'composer'`
const FIRST_TOKEN = `document.querySelector('[data-testid=message-answer] .prose')?.textContent.trim()`

const WRITTEN = `!document.querySelector('[data-testid=stop]')`
/** A look costs the page some of what is measured. */
const [LOOK_MS, PATIENCE_MS] = [500, 180_000]

/**
 * `PROGRAM DATA CACHE MESSAGE COUNT first|whole`: prints as many times, in seconds, from launching Electron to the first token
 * in its window, or to the end of the answer.
 */
const [program, data, cache, message, count, extent] = process.argv.slice(2)
const times: number[] = []
for (let i = 0; i < Number(count); i++) times.push(await answer())
process.stdout.write(JSON.stringify(times))
process.exit(0)

async function answer(): Promise<number> {
  const begun = performance.now()
  const app = spawn(program!, ['--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', ROOT], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, VK_ICD_FILENAMES: '', DEPTHWISE_DATA: data, DEPTHWISE_CACHE: cache },
  })
  const ended = once(app, 'exit')
  try {
    const page = await Page.open(await portOf(app.stderr))
    await page.until(COMPOSER)
    await page.type(message!)
    await page.until(FIRST_TOKEN)
    if (extent === 'whole') await page.until(WRITTEN, LOOK_MS, PATIENCE_MS)
    const took = (performance.now() - begun) / 1000
    page.leave()
    await ended
    return took
  } finally {
    app.kill('SIGKILL')
  }
}

async function portOf(stderr: Readable): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const port = /^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1]
    if (port === undefined) continue
    // nothing reads on, and a full pipe would hold the app back
    stderr.resume()
    return port
  }
  throw new Error('Electron ended before it could be asked for its window')
}
