import type { WindowPort } from '../../electron/contract/frames.ts'
import type { Transport } from './transport.ts'

/** The preload script's port: open for as long as the window lives. */
export function portTransport(port: WindowPort): Transport {
  return {
    send(frame) {
      port.send(frame)
    },
    listen(receive) {
      port.listen(receive)
    },
    watch(observe) {
      observe({ phase: 'open' })
    },
    retry() {
      return
    },
  }
}
