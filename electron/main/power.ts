import { powerMonitor } from 'electron'
import type { PowerSource } from '../host/power.ts'
import { powerOfLinux } from '../host/power.ts'

/** As the system tells Electron of it, which on Linux it does not. Only when the app is ready. */
export function powerOfSystem(): PowerSource {
  if (process.platform === 'linux') return powerOfLinux()
  return {
    onBattery: () => powerMonitor.isOnBatteryPower(),
    watch(changed) {
      powerMonitor.on('on-battery', changed)
      powerMonitor.on('on-ac', changed)
      return () => {
        powerMonitor.off('on-battery', changed)
        powerMonitor.off('on-ac', changed)
      }
    },
  }
}
