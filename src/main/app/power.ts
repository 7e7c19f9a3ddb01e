import { powerMonitor } from 'electron'
import type { PowerEvents } from '../boot/services'

/** Sleep and wake of the machine. Only to be used after the app is ready. */
export function createPowerEvents(): PowerEvents {
  return {
    onSuspend(listener) {
      powerMonitor.on('suspend', listener)
      return () => void powerMonitor.off('suspend', listener)
    },
    onResume(listener) {
      powerMonitor.on('resume', listener)
      return () => void powerMonitor.off('resume', listener)
    },
  }
}
