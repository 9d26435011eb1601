import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { DeviceSchema } from '../contract/values.ts'
import type { Device } from '../contract/values.ts'
import { vulkanDrivers } from './vulkan.ts'

const FILE = 'provider.json'
const MemorySchema = v.strictObject({ machine: v.string(), device: DeviceSchema })

/** What was found when the providers were compared for a prepared model on this machine, or null. */
export function recallDevice(modelFolder: string): Device | null {
  try {
    const memory = v.parse(MemorySchema, JSON.parse(readFileSync(join(modelFolder, FILE), 'utf8')))
    return memory.machine === machine() ? memory.device : null
  } catch {
    return null
  }
}

/** Keeps what was found, where it can be kept; otherwise it is found again at the next start. */
export function rememberDevice(modelFolder: string, device: Device): void {
  try {
    writeFileSync(join(modelFolder, FILE), JSON.stringify({ machine: machine(), device }))
  } catch {
    // a read-only cache is no reason to refuse work
  }
}

/** Changes with the system and with the graphics drivers installed. */
function machine(): string {
  return [process.platform, process.arch, release(), ...vulkanDrivers()].join(' ')
}
