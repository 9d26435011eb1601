import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { WindowPort } from '../contract/frames.ts'
import { PORT_CHANNEL } from '../contract/port.ts'

/** The part of the page's MessagePort that is used; the types of a page are not those of Electron's main process. */
interface PagePort {
  onmessage: ((event: { data: unknown }) => void) | null
  postMessage(frame: unknown): void
}

const receivers = new Set<(frame: unknown) => void>()
const unsent: unknown[] = []
let port: PagePort | null = null

ipcRenderer.once(PORT_CHANNEL, ({ ports }) => {
  const [given] = ports as PagePort[]
  if (!given) return
  port = given
  port.onmessage = ({ data }) => {
    for (const receive of receivers) receive(data)
  }
  for (const frame of unsent.splice(0)) port.postMessage(frame)
})
ipcRenderer.send(PORT_CHANNEL)

const depthwise: WindowPort = {
  send: (frame) => {
    if (port) port.postMessage(frame)
    else unsent.push(frame)
  },
  listen: (receive) => {
    receivers.add(receive)
    return () => receivers.delete(receive)
  },
  pathOf: (file) => webUtils.getPathForFile(file as File),
}
contextBridge.exposeInMainWorld('depthwise', depthwise)
