import { app, utilityProcess } from 'electron'
import type { EngineChannel } from '../host/channel.ts'
import { ENGINE_OPTIONS, engineEnvironment } from '../host/fork.ts'

const SERVICE_NAME = 'engine'
/** Electron tells why a process went a moment after telling that it did. */
const REASON_MS = 50

/** An engine in a utility process, which Electron ends together with the app. Only when the app is ready. */
export function utilityEngine(file: string): EngineChannel {
  const child = utilityProcess.fork(file, [], {
    serviceName: SERVICE_NAME,
    env: engineEnvironment(),
    // Electron hands V8's options to a utility process in this way only
    execArgv: [`--js-flags=${ENGINE_OPTIONS.join(' ')}`],
    stdio: 'inherit',
  })
  return {
    send: (command) => {
      child.postMessage(command)
    },
    onMessage: (receive) => {
      child.on('message', receive)
    },
    onExit: (ended) => {
      let reason = ''
      const learn = (_event: unknown, gone: Electron.Details) => {
        if (gone.serviceName === SERVICE_NAME || gone.name === SERVICE_NAME) reason = `${gone.reason}, `
      }
      app.on('child-process-gone', learn)
      child.once('exit', (code) => {
        setTimeout(() => {
          app.off('child-process-gone', learn)
          ended(`${reason}exit code ${code}`)
        }, REASON_MS)
      })
    },
    kill: () => {
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
    },
  }
}
