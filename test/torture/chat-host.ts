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

const SERVE = path.join(import.meta.dirname, 'serve.ts')
/** Longer than a collection takes. */
const COLLECTED_MS = 500

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
    const child = spawn(process.execPath, ['--expose-gc', SERVE], {
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

  /**
   * Bytes that only the host, and only its engine, hold in memory or swapped out, behind a collection of their garbage.
   * Of Linux only.
   */
  async memory(): Promise<{ host: number; engine: number }> {
    const host = this.child.pid!
    const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', String(host)], { encoding: 'utf8' })
    const engines = listed
      .trim()
      .split(/\s+/)
      .map(Number)
      .filter((pid) => pid > 0 && waitsForIt(pid))
    for (const pid of [host, ...engines]) process.kill(pid, 'SIGUSR2')
    await new Promise((resolve) => setTimeout(resolve, COLLECTED_MS))
    return { host: privateBytes(host), engine: engines.reduce((sum, pid) => sum + privateBytes(pid), 0) }
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await ended
  }
}

/** `ps` lists itself too, and a signal that a process does not wait for ends it. */
function waitsForIt(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('collect.ts')
  } catch {
    return false
  }
}

function privateBytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kibibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)![1])
  return 1024 * (kibibytes('Private_Dirty') + kibibytes('Swap'))
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
