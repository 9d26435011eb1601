import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')

/** What the end-to-end tests need and a machine may lack. */
export interface Tools {
  chromium: string | null
  electron: string | null
  /** Words before a command that needs a display; null where there is none. */
  display: readonly string[] | null
  /** A Vulkan driver in software, for WebGPU without a GPU. */
  vulkan: string | null
}

export function findTools(environment: NodeJS.ProcessEnv = process.env): Tools {
  const chromium = firstThere([environment.CHROMIUM, ...onPath(['chromium', 'chromium-browser', 'google-chrome'])])
  const electronFolder = firstThere(
    [
      environment.ELECTRON_OVERRIDE_DIST_PATH,
      path.join(
        environment.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
        'depthwise-test/electron-42.0.0/package/bin',
      ),
      path.join(root, 'node_modules/electron/dist'),
    ].filter((folder) => folder !== undefined && existsSync(path.join(folder, 'electron'))),
  )
  const display =
    environment.DISPLAY || environment.WAYLAND_DISPLAY
      ? []
      : onPath(['xvfb-run']).length > 0
        ? ['xvfb-run', '-a']
        : null
  const vulkan = firstThere([
    environment.VK_ICD_FILENAMES,
    '/usr/lib/chromium/vk_swiftshader_icd.json',
    electronFolder && path.join(electronFolder, 'vk_swiftshader_icd.json'),
  ])
  return { chromium, electron: electronFolder && path.join(electronFolder, 'electron'), display, vulkan }
}

function firstThere(places: readonly (string | null | undefined)[]): string | null {
  return places.find((place) => typeof place === 'string' && existsSync(place)) ?? null
}

function onPath(names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).filter((file) => existsSync(file))
}
