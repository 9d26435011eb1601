import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

/**
 * The Vulkan drivers that are installed, as files. On Linux WebGPU runs through Vulkan, and asking it without a driver
 * prints warnings that would worry a person; where the loader looks is in the Vulkan Loader's LoaderDriverInterface.md.
 */
export function vulkanDrivers(environment: NodeJS.ProcessEnv = process.env): string[] {
  const named = [environment.VK_DRIVER_FILES, environment.VK_ICD_FILENAMES, environment.VK_ADD_DRIVER_FILES].filter(
    Boolean,
  )
  if (named.length > 0) return named as string[]
  const lists = [
    environment.XDG_CONFIG_HOME ?? path.join(homedir(), '.config'),
    environment.XDG_CONFIG_DIRS ?? '/etc/xdg',
    '/etc',
    environment.XDG_DATA_HOME ?? path.join(homedir(), '.local/share'),
    environment.XDG_DATA_DIRS ?? ['/usr/local/share', '/usr/share'].join(path.delimiter),
  ]
  return lists
    .flatMap((list) => list.split(path.delimiter))
    .flatMap((folder) => manifests(path.join(folder, 'vulkan/icd.d')))
}

/** Whether this machine can have a WebGPU adapter at all; only Linux leaves that open. */
export function mayHaveAdapter(): boolean {
  return process.platform !== 'linux' || vulkanDrivers().length > 0
}

function manifests(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => path.join(folder, file))
  } catch {
    return []
  }
}
