import type { WindowPort } from '../../electron/contract/frames.ts'
import { Client } from './client.ts'
import { portTransport } from './port.ts'
import type { Socket } from './socket.ts'
import { SocketTransport } from './socket.ts'
import { takeToken } from './token.ts'

declare global {
  interface Window {
    depthwise?: WindowPort
  }
}

/** Over the preload script's port in Electron, else over a WebSocket to where this page came from. */
export function connect(): Client {
  if (window.depthwise) return new Client(portTransport(window.depthwise))
  const token = takeToken()
  return new Client(new SocketTransport(() => openSocket(window.location, token)))
}

/** The token travels as a sub-protocol: a page can set no other header of a WebSocket. */
function openSocket(page: Location, token: string | null): Socket {
  const address = new URL('/socket', page.href)
  address.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:'
  return new WebSocket(address, token === null ? ['depthwise'] : ['depthwise', token])
}

/** Whether the page is told where dropped files lie: in Electron. */
export const dropsTellPaths = typeof window !== 'undefined' && window.depthwise?.pathOf !== undefined

/** Where a dropped file or folder lies; null where the page is not told. */
export function pathOf(file: File): string | null {
  const path = window.depthwise?.pathOf?.(file) ?? ''
  return path === '' ? null : path
}
