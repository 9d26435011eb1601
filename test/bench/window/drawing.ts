import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { buildIfStale } from '../../../electron/launch/build.ts'
import { createHost } from '../../../electron/host/host.ts'
import { startServer } from '../../../electron/serve/server.ts'
import { findTools } from '../../tools.ts'
import { Page } from './page.ts'
import { PacedEngine } from './paced-engine.ts'

const ROOT = path.join(import.meta.dirname, '../../..')
const COMPOSER = `document.activeElement?.dataset?.testid === 'composer'`
const WRITING = `document.querySelector('[data-testid=message-answer] .prose')?.textContent.length > 400`
const STEP_MS = 1000
/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10

/** Percent of one CPU, second by second, that each kind of the browser's processes takes. */
export interface Drawing {
  renderer: number[]
  /** The process that composes and draws. */
  compositor: number[]
}

/** What a window costs while so many tokens a second arrive; null without a browser, or where processes cannot be read. */
export async function drawing(perSecond: number, seconds: number): Promise<Drawing | null> {
  const { chromium } = findTools()
  if (!chromium || process.platform !== 'linux') return null
  await buildIfStale()
  const data = mkdtempSync(path.join(tmpdir(), 'depthwise-drawing-'))
  const host = createHost({
    dataFolder: data,
    cacheFolder: data,
    builtInModel: data,
    version: '0.0.0',
    spawnEngine: () => new PacedEngine(perSecond),
    log: () => undefined,
  })
  const server = await startServer({ host, pages: path.join(ROOT, 'dist/renderer') })
  const browser = spawn(
    chromium,
    [
      ...[
        '--headless=new',
        '--no-sandbox',
        '--no-zygote',
        '--disable-gpu',
        '--remote-debugging-port=0',
        '--window-size=1280,800',
      ],
      `--user-data-dir=${path.join(data, 'browser')}`,
      server.address,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  try {
    const page = await Page.open(await portOf(browser.stderr))
    await page.until(COMPOSER)
    await page.type('Tell me about lighthouses')
    await page.until(WRITING)
    return await watch(browser.pid!, seconds)
  } finally {
    browser.kill('SIGKILL')
    await server.close()
    await host.close()
    rmSync(data, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function watch(browser: number, seconds: number): Promise<Drawing> {
  const result: Drawing = { renderer: [], compositor: [] }
  let before = times(browser)
  for (let second = 0; second < seconds; second++) {
    const start = performance.now()
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
    const [now, elapsed] = [times(browser), performance.now() - start]
    result.renderer.push((100 * (now.renderer - before.renderer)) / elapsed)
    result.compositor.push((100 * (now.compositor - before.compositor)) / elapsed)
    before = now
  }
  return result
}

/** Milliseconds of CPU that the browser's processes of each kind have taken. */
function times(browser: number): { renderer: number; compositor: number } {
  const sum = { renderer: 0, compositor: 0 }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (!isOf(pid, browser)) continue
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const ms = (Number(fields[11]) + Number(fields[12])) * TICK_MS
      if (command.includes('--type=renderer')) sum.renderer += ms
      else if (command.includes('--type=gpu-process')) sum.compositor += ms
    } catch {
      // it has just ended
    }
  }
  return sum
}

function isOf(pid: string, browser: number): boolean {
  for (let parent = pid; Number(parent) > 1;) {
    if (Number(parent) === browser) return true
    parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${parent}/status`, 'utf8'))?.[1] ?? '0'
  }
  return false
}

async function portOf(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const port = /^DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1]
    if (port === undefined) continue
    stderr.resume()
    return port
  }
  throw new Error('the browser ended before it could be asked for its page')
}
