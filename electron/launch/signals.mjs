import { constants } from 'node:os'

/**
 * Passes on the signals that ask this process to end, and lets the child decide. A terminal gives Ctrl+C to the child
 * itself; passed on, it would be a second one, which asks to end at once.
 * @returns whether there has been one
 */
export function followSignals(child) {
  let isAsked = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      isAsked = true
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  return () => isAsked
}

/** How a shell tells the end of a child. */
export function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0)
}
