import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

interface Person {
  environment: Environment
  platform: NodeJS.Platform
  home: string
}

const me = (): Person => ({ environment: process.env, platform: process.platform, home: os.homedir() })

/** Where a person's conversations and settings are: DEPTHWISE_DATA, else the platform's place for such things. */
export function dataFolder(person: Person = me()): string {
  const { environment, platform, home } = person
  if (environment.DEPTHWISE_DATA) return path.resolve(environment.DEPTHWISE_DATA)
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Depthwise')
  if (platform === 'win32') return path.join(environment.APPDATA ?? path.join(home, 'AppData', 'Roaming'), 'Depthwise')
  return path.join(absolute(environment.XDG_DATA_HOME) ?? path.join(home, '.local', 'share'), 'depthwise')
}

/** Where prepared models are, which can be made again: DEPTHWISE_CACHE, else the platform's place for such things. */
export function cacheFolder(person: Person = me()): string {
  const { environment, platform, home } = person
  if (environment.DEPTHWISE_CACHE) return path.resolve(environment.DEPTHWISE_CACHE)
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'Depthwise')
  if (platform === 'win32') {
    return path.join(environment.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), 'Depthwise', 'Cache')
  }
  return path.join(absolute(environment.XDG_CACHE_HOME) ?? path.join(home, '.cache'), 'depthwise')
}

/** The specification of XDG says that a relative path is to be ignored. */
const absolute = (folder: string | undefined): string | undefined =>
  folder && path.isAbsolute(folder) ? folder : undefined

export interface AppFiles {
  engine: string
  renderer: string
  preload: string
  builtInModel: string
  version: string
}

/**
 * The app's own files, seen from a module of it, as source or bundled into `dist/`. In a packaged app all but the model
 * are in an archive. DEPTHWISE_MODEL puts another model folder in the place of the built-in one.
 */
export function appFiles(module: ImportMeta): AppFiles {
  let root = module.dirname
  while (!fs.existsSync(path.join(root, 'package.json')) && root !== path.dirname(root)) root = path.dirname(root)
  const isSource = module.filename.endsWith('.ts')
  const unpacked = root.endsWith('.asar') ? path.dirname(root) : root
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  return {
    engine: isSource ? path.join(root, 'electron', 'engine', 'process.ts') : path.join(root, 'dist', 'engine.js'),
    renderer: path.join(root, 'dist', 'renderer'),
    preload: path.join(root, 'dist', 'preload.cjs'),
    builtInModel: path.resolve(process.env.DEPTHWISE_MODEL || path.join(unpacked, 'models', 'default')),
    version,
  }
}
