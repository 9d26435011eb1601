import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'vite'

const root = path.join(import.meta.dirname, '../..')
const out = path.join(root, 'dist')
const stamp = path.join(out, '.built')

/** What dist/ is made of. */
const SOURCES = [
  'electron',
  'renderer',
  'models/common',
  'models/formats',
  'models/graphs',
  'models/hub',
  'models/library',
  'models/families',
  'models/plan',
  'models/prepare',
  'models/runtime',
  'package.json',
  'vite.config.ts',
]

/** Makes dist/: the renderer's page, and the bundles that Electron loads. */
export async function buildApp(): Promise<void> {
  await build({ configFile: path.join(root, 'vite.config.ts'), logLevel: 'warn' })
  await bundle({ main: 'electron/main/main.ts', engine: 'electron/engine/process.ts' }, out, 'es')
  await bundle({ preload: 'electron/preload/preload.ts' }, out, 'cjs')
  mkdirSync(out, { recursive: true })
  writeFileSync(stamp, '')
}

/** Makes dist/ if a source is newer. @returns whether it did */
export async function buildIfStale(): Promise<boolean> {
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0
  if (SOURCES.every((source) => newest(path.join(root, source)) <= built)) return false
  await buildApp()
  return true
}

/** Makes scripts of their own, as the app's are made, in a folder of dist/ beside those of the app. @returns the folder */
export async function bundleBeside(entries: Record<string, string>, name: string): Promise<string> {
  const folder = path.join(out, name)
  await bundle(entries, folder, 'es')
  return folder
}

async function bundle(entries: Record<string, string>, folder: string, format: 'es' | 'cjs'): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    // a sandboxed preload script can load nothing but electron
    ssr: { external: ['electron'], ...(format === 'cjs' && { noExternal: true }) },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      target: 'node24',
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, path.resolve(root, file)])),
        output: {
          format,
          entryFileNames: format === 'cjs' ? '[name].cjs' : '[name].js',
          chunkFileNames: 'shared/[name]-[hash].js',
        },
      },
    },
  })
}

function newest(place: string): number {
  const own = statSync(place).mtimeMs
  if (!statSync(place).isDirectory()) return own
  const inside = readdirSync(place).filter((name) => name !== 'node_modules')
  return Math.max(own, ...inside.map((name) => newest(path.join(place, name))))
}

if (import.meta.main) await buildApp()
