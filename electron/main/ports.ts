import type { WebFrameMain } from 'electron'
import { ipcMain, MessageChannelMain } from 'electron'
import { PORT_CHANNEL } from '../contract/port.ts'
import type { Host } from '../host/host.ts'
import { BUNDLE_ORIGIN } from './bundle.ts'

/** Gives every page of ours that asks a port to the host. A reload asks again, and its old port closes by itself. */
export function handOutPorts(host: Host): void {
  ipcMain.on(PORT_CHANNEL, ({ senderFrame, sender }) => {
    if (!isOurs(senderFrame) || senderFrame !== sender.mainFrame) return
    const { port1, port2 } = new MessageChannelMain()
    const link = host.connect((frame) => {
      port1.postMessage(frame)
    })
    port1.on('message', ({ data }) => {
      link.accept(data)
    })
    port1.on('close', () => {
      link.close()
    })
    port1.start()
    senderFrame.postMessage(PORT_CHANNEL, null, [port2])
  })
}

function isOurs(frame: WebFrameMain | null): frame is WebFrameMain {
  return frame?.parent === null && frame.origin === BUNDLE_ORIGIN
}
