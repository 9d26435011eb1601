import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from '@playwright/test'
import type { App, Folders } from './app.ts'
import { environment } from './app.ts'

/** The program under test: one that was installed, or the folder that test/e2e/packaging.setup.ts made. */
export const PACKAGED =
  process.env.DEPTHWISE_PACKAGED ?? path.join(import.meta.dirname, '../../../release/linux-unpacked/depthwise')

/**
 * The app as it is released. Its fuses let no debugger into the main process, so the page is driven through Chromium's own
 * port.
 */
export async function openPackaged(folders: Folders): Promise<App> {
  const child = spawn(PACKAGED, ['--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'], {
    env: environment(folders),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const address = await debuggingAddress(child)
  await windowAt(address)
  const browser = await chromium.connectOverCDP(address)
  const page = browser.contexts()[0]!.pages()[0]!
  return {
    page,
    killEngine: () => Promise.reject(new Error('the engine of a packaged app is not told apart')),
    close: async () => {
      // of an AppImage, a signal would reach what started the app, not the app
      await page.close()
      await browser.close()
      await ended
    },
  }
}

async function debuggingAddress({ stderr }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stderr! })) {
    const host = /DevTools listening on ws:\/\/([^/]+)/.exec(line)?.[1]
    if (host === undefined) continue
    stderr!.resume()
    return `http://${host}`
  }
  throw new Error('the packaged app ended before it had a window')
}

/** A connection that is made before there is a window is never answered. */
async function windowAt(address: string): Promise<void> {
  for (;;) {
    const targets = (await (await fetch(`${address}/json/list`)).json()) as { type: string }[]
    if (targets.some(({ type }) => type === 'page')) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
