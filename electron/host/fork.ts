import { fork } from 'node:child_process'
import type { EngineChannel } from './channel.ts'

/** Variables that change what a Node or Electron process loads; the engine gets none of them. */
const WITHHELD = /^(NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|LD_PRELOAD|DYLD_.*|ELECTRON_.*)$/i

/** This process's environment without what could change the code that the engine runs. */
export function engineEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = Object.entries(environment).filter(([name, value]) => value !== undefined && !WITHHELD.test(name))
  return Object.fromEntries(kept) as Record<string, string>
}

/**
 * Options of the engine's Node. Its young generation in MB: what a token leaves behind dies at once, and V8's own 16 hold
 * some 60 MB more after an answer, for no more speed.
 */
export const ENGINE_OPTIONS = ['--max-semi-space-size=2']

/** An engine in a child process of Node, which dies with this one. @param options of its Node besides; it gets none of this process's */
export function forkEngine(file: string, options: readonly string[] = []): EngineChannel {
  const execArgv = [...ENGINE_OPTIONS, ...options]
  const child = fork(file, [], { env: engineEnvironment(), execArgv, serialization: 'advanced' })
  const kill = () => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  return {
    send: (command) => {
      if (child.connected) child.send(command, () => undefined)
    },
    onMessage: (receive) => child.on('message', receive),
    onExit: (ended) => {
      let isOver = false
      const end = (cause: string) => {
        if (isOver) return
        isOver = true
        process.off('exit', kill)
        ended(cause)
      }
      child.once('error', (error) => {
        end(error.message)
      })
      child.once('exit', (code, signal) => {
        end(signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`)
      })
    },
    kill,
  }
}
