import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * Whether this machine can have a WebGPU adapter at all. On Linux WebGPU runs through Vulkan, and asking it without a
 * driver prints warnings that would worry a person; where the loader looks for drivers is in the Vulkan Loader's
 * LoaderDriverInterface.md. Elsewhere the system brings what is needed.
 */
export function hasVulkanDriver(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  if (platform !== 'linux') return true
  if (environment.VK_DRIVER_FILES || environment.VK_ICD_FILENAMES || environment.VK_ADD_DRIVER_FILES) return true
  const lists = [
    environment.XDG_CONFIG_HOME ?? join(homedir(), '.config'),
    environment.XDG_CONFIG_DIRS ?? '/etc/xdg',
    '/etc',
    environment.XDG_DATA_HOME ?? join(homedir(), '.local/share'),
    environment.XDG_DATA_DIRS ?? ['/usr/local/share', '/usr/share'].join(delimiter),
  ]
  return lists.flatMap((list) => list.split(delimiter)).some((folder) => isPopulated(join(folder, 'vulkan/icd.d')))
}

function isPopulated(folder: string): boolean {
  try {
    return readdirSync(folder).some((file) => file.endsWith('.json'))
  } catch {
    return false
  }
}
