import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'
import { vulkanDrivers } from './vulkan.ts'

/** Kernel modules of graphics drivers that say their version. */
const MODULES = ['nvidia', 'amdgpu', 'i915', 'xe', 'nouveau']

/** Raised where what was found with earlier versions no longer holds; v2: as waiting threads stop spinning behind each run. */
const METHOD = 'v2'

/** Changes with how is measured, with the system, with the processor and with the graphics drivers installed and their versions. */
export function machine(): string {
  const processor = `${availableParallelism()} × ${cpus()[0]?.model ?? ''}`
  const drivers = vulkanDrivers().map((file) => `${file} ${read(file)}`)
  const modules = MODULES.map((name) => read(`/sys/module/${name}/version`))
  return [METHOD, process.platform, process.arch, release(), processor, ...drivers, ...modules]
    .filter(Boolean)
    .join(' ')
}

/** A driver's manifest names its library and its version. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll(/\s+/g, ' ').trim()
  } catch {
    return ''
  }
}
