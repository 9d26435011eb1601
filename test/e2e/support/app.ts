import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { ElectronApplication, Page } from '@playwright/test'
import { _electron, chromium } from '@playwright/test'
import { TINY } from '../../models/support.ts'

const root = path.join(import.meta.dirname, '../../..')

export interface Folders {
  data: string
  cache: string
  /** null for the built-in one. */
  model?: string | null | undefined
  /** Address of the Hub; without one, nothing that can be reached. */
  hub?: string | undefined
  /** Where Ollama keeps its models; without one, nowhere. */
  ollama?: string | undefined
}

/** The app as a person has it: a window, and a process that computes. */
export interface App {
  page: Page
  /** Ends the process that computes, without warning. */
  killEngine(): Promise<void>
  close(): Promise<void>
}

/** The environment of the app under test; without a Vulkan driver in software, which `auto` would only measure and refuse. */
export function environment({ data, cache, model, hub, ollama }: Folders): Record<string, string> {
  return {
    ...(process.env as Record<string, string>),
    VK_ICD_FILENAMES: '',
    DEPTHWISE_DATA: data,
    DEPTHWISE_CACHE: cache,
    ...(model !== null && { DEPTHWISE_MODEL: model ?? TINY }),
    HF_ENDPOINT: hub ?? 'http://127.0.0.1:9',
    HF_HUB_CACHE: path.join(cache, 'hub'),
    HF_TOKEN: '',
    OLLAMA_MODELS: ollama ?? path.join(cache, 'ollama'),
  }
}

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', root]

/**
 * Electron's main process. Playwright finds the program by ELECTRON_OVERRIDE_DIST_PATH; told of it, it would not hold
 * the app back until it is connected, and now and then never be.
 */
export function launchElectron(folders: Folders): Promise<ElectronApplication> {
  return _electron.launch({ args: ARGUMENTS, env: environment(folders) })
}

/** Starts the app a second time on the same folders. @returns its exit code */
export function launchAgain(folders: Folders): Promise<number | null> {
  const program = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH!, 'electron')
  const child = spawn(program, ARGUMENTS, { env: environment(folders), stdio: 'ignore' })
  return new Promise((resolve) => child.once('exit', resolve))
}

/** The packaged shape of the app: real Electron, the bundles in dist/. */
export async function openElectron(folders: Folders): Promise<App> {
  const app = await launchElectron(folders)
  const page = await app.firstWindow()
  return { page, killEngine: () => killUtilityProcess(app), close: () => app.close() }
}

export async function killUtilityProcess(app: ElectronApplication): Promise<void> {
  const killed = await app.evaluate(({ app: electron }) => {
    const engine = electron
      .getAppMetrics()
      .find((metric) => metric.serviceName === 'engine' || metric.name === 'engine')
    return engine ? process.kill(engine.pid, 'SIGKILL') : false
  })
  if (!killed) throw new Error('no engine process was found')
}

/** The same host without Electron, in Chromium over loopback. */
export async function openBrowser(folders: Folders): Promise<App> {
  const server = spawn(process.execPath, [path.join(root, 'electron/serve/serve.ts')], {
    env: environment(folders),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    return await browse(server)
  } catch (error) {
    server.kill('SIGKILL')
    throw error
  }
}

async function browse(server: ChildProcess): Promise<App> {
  const address = await firstAddress(server)
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM!, args: ['--no-sandbox'] })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  await page.goto(address)
  return {
    page,
    killEngine: () => {
      const [pid] = childrenOf(server.pid!)
      if (pid === undefined) throw new Error('no engine process was found')
      process.kill(pid, 'SIGKILL')
      return Promise.resolve()
    },
    close: async () => {
      await browser.close()
      if (server.exitCode !== null) return
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      await ended
    },
  }
}

async function firstAddress(server: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: server.stdout! })) {
    const address = /http:\/\/\S+/.exec(line)?.[0]
    if (address !== undefined) return address
  }
  throw new Error('the server ended before it gave an address')
}

function childrenOf(pid: number): number[] {
  return execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)
    .map(Number)
}
