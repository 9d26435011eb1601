import * as v from 'valibot'
import type { Command, EngineEvent } from '../contract/engine.ts'
import { CommandSchema } from '../contract/engine.ts'

/** The line to the host. */
export interface ParentPort {
  send(event: EngineEvent): void
  listen(receive: (command: Command) => void, closed: () => void): void
}

/** The part of Electron's `process.parentPort` that is used; there only in a utility process. */
interface ElectronParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/** Electron's port in a utility process, Node's IPC channel in a child process. */
export function openParentPort(): ParentPort {
  const electron = (process as { parentPort?: ElectronParentPort }).parentPort
  return electron ? electronPort(electron) : nodePort()
}

function electronPort(port: ElectronParentPort): ParentPort {
  return {
    send: (event) => {
      port.postMessage(event)
    },
    listen: (receive) => {
      // Electron ends a utility process together with the one that made it
      port.on('message', ({ data }) => {
        read(data, receive)
      })
    },
  }
}

function nodePort(): ParentPort {
  return {
    send: (event) => process.connected && process.send?.(event),
    listen: (receive, closed) => {
      process.on('message', (data) => {
        read(data, receive)
      })
      process.on('disconnect', closed)
    },
  }
}

function read(data: unknown, receive: (command: Command) => void): void {
  const parsed = v.safeParse(CommandSchema, data)
  if (parsed.success) receive(parsed.output)
  else console.error(`The engine was sent something that is no command: ${v.summarize(parsed.issues)}`)
}
