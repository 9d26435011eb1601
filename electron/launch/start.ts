import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { buildIfStale } from './build.ts'
import { exitCode, startFollowed } from './signals.mjs'

const root = path.join(import.meta.dirname, '../..')
const electronPackage = path.join(root, 'node_modules/electron')
const DOWNLOAD_TIMEOUT_MS = 180_000
/** An Electron that ends with an error so soon never showed its window. */
const FAILED_START_MS = 8000

const flags = process.argv.slice(2)
const asked = flags.includes('--serve')
const rest = flags.filter((flag) => flag !== '--serve')

if (await buildIfStale()) process.stderr.write('Depthwise: built.\n')
const refusal = asked ? 'asked for with --serve' : whyNoWindow()
if (refusal === null) await openWindow()
else await serve(refusal)

/** Opens the app in Electron; where it cannot start, serves it instead. */
async function openWindow(): Promise<void> {
  const started = Date.now()
  const electron = electronBinary()!
  const { child, isAskedToEnd } = startFollowed(() => spawn(electron, [root, ...rest], { stdio: 'inherit' }))
  const code = await new Promise<number>((resolve) => {
    child.on('exit', (status, signal) => {
      resolve(exitCode(status, signal))
    })
    child.on('error', () => {
      resolve(1)
    })
  })
  const failed = code !== 0 && !isAskedToEnd() && Date.now() - started < FAILED_START_MS
  if (failed) await serve(`Electron could not start (exit code ${code})`)
  else process.exit(code)
}

async function serve(reason: string): Promise<void> {
  process.stderr.write(`Depthwise: no window of its own: ${reason}. Open the address below in a browser.\n`)
  process.argv.splice(2, Infinity, ...rest)
  await import('../serve/serve.ts')
}

/** Why the app cannot have a window of its own here, or null. */
function whyNoWindow(): string | null {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return 'this machine has no display'
  if (process.platform === 'linux' && process.getuid?.() === 0) return 'Electron does not run as root'
  if (!electronBinary() && !downloadElectron()) return "Electron's binary is not installed and could not be downloaded"
  return null
}

function electronBinary(): string | null {
  const pathFile = path.join(electronPackage, 'path.txt')
  const name = existsSync(pathFile)
    ? readFileSync(pathFile, 'utf8')
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron'
  const binary = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(electronPackage, 'dist'), name)
  return existsSync(binary) ? binary : null
}

function downloadElectron(): boolean {
  process.stderr.write('Depthwise: downloading Electron (once) …\n')
  const options = { stdio: ['ignore', 'ignore', 'inherit'] as const, timeout: DOWNLOAD_TIMEOUT_MS }
  spawnSync(process.execPath, [path.join(electronPackage, 'install.js')], { ...options, stdio: [...options.stdio] })
  return electronBinary() !== null
}
