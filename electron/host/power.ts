import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Whether this machine runs on its battery. */
export interface PowerSource {
  /** null: it cannot be told, or there is no battery. */
  onBattery(): boolean | null
  /** Calls `changed` after each change. @returns the way to stop it */
  watch(changed: () => void): () => void
}

const SUPPLIES = '/sys/class/power_supply'
const LOOK_MS = 20_000

/**
 * Linux's own account of its batteries (Documentation/ABI/testing/sysfs-class-power), looked at every 20 seconds where
 * there is a battery. Batteries of mice and the like (scope "Device") do not count.
 */
export function powerOfLinux(folder = SUPPLIES, lookMs = LOOK_MS): PowerSource {
  const onBattery = (): boolean | null => batteryState(folder)
  return {
    onBattery,
    watch: (changed) => {
      let before = onBattery()
      if (before === null) return () => undefined
      const timer = setInterval(() => {
        const now = onBattery()
        if (now === before) return
        before = now
        changed()
      }, lookMs)
      timer.unref()
      return () => {
        clearInterval(timer)
      }
    },
  }
}

function batteryState(folder: string): boolean | null {
  const batteries = namesIn(folder)
    .map((name) => (file: string) => textOf(path.join(folder, name, file)))
    .filter((read) => read('type') === 'Battery' && read('scope') !== 'Device')
  if (batteries.length === 0) return null
  return batteries.some((read) => read('status') === 'Discharging')
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
