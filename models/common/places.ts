import { homedir } from 'node:os'
import path from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

interface Person {
  environment: Environment
  platform: NodeJS.Platform
  home: string
}

const me = (): Person => ({ environment: process.env, platform: process.platform, home: homedir() })

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
