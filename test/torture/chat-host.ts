import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { WebSocket } from 'ws'
import { Client } from '../../renderer/connection/client.ts'
import type { Socket } from '../../renderer/connection/socket.ts'
import { SocketTransport } from '../../renderer/connection/socket.ts'
import { TINY } from '../models/support.ts'

const SERVE = path.join(import.meta.dirname, '../../electron/serve/serve.ts')

/** What the client is given when it asks for another connection to a host that was ended. */
const NO_SOCKET: Socket = { send: () => undefined, addEventListener: () => undefined }

/** The app without a window, and a client that talks to it as the window does. */
export class ChatHost {
  readonly client: Client
  private readonly child: ChildProcess

  private constructor(child: ChildProcess, client: Client) {
    this.child = child
    this.client = client
  }

  static async start(folder: string): Promise<ChatHost> {
    const child = spawn(process.execPath, [SERVE], {
      env: {
        ...process.env,
        DEPTHWISE_DATA: folder,
        DEPTHWISE_CACHE: path.join(folder, 'cache'),
        DEPTHWISE_MODEL: process.env.DEPTHWISE_MODEL ?? TINY,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      return new ChatHost(child, await connected(child))
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  /** Bytes of memory that only this process and those that it started have written to, by process. */
  memory(): { host: number; engine: number } {
    const pid = this.child.pid!
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    const engines = children
      .trim()
      .split(/\s+/)
      .map(Number)
      .filter((each) => each > 0)
    return { host: privateBytes(pid), engine: engines.reduce((sum, each) => sum + privateBytes(each), 0) }
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await ended
  }
}

function privateBytes(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return 1024 * Number(/^Private_Dirty:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  } catch {
    return 0
  }
}

async function connected(child: ChildProcess): Promise<Client> {
  let address: URL | undefined
  for await (const line of readline.createInterface({ input: child.stdout! })) {
    address = new URL(/http:\S+/.exec(line)?.[0] ?? '')
    break
  }
  const { origin, host, hash } = address!
  const token = new URLSearchParams(hash.slice(1)).get('token')!
  const open = (): Socket => {
    if (child.killed) return NO_SOCKET
    const socket = new WebSocket(`ws://${host}/socket`, ['depthwise', token], { origin })
    socket.on('error', () => undefined)
    return socket
  }
  const client = new Client(new SocketTransport(open))
  await new Promise<void>((resolve) => {
    client.watch(({ phase }) => {
      if (phase === 'open') resolve()
    })
  })
  return client
}
