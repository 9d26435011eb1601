import { constants } from 'node:os'

/**
 * Starts a child, passes on to it the signals that ask this process to end, and lets it decide. A terminal gives Ctrl+C to
 * the child itself; passed on, it would be a second one, which asks to end at once.
 */
export function startFollowed(start) {
  let child
  let isAsked = false
  // before there is a child, which would else be left behind by a signal that comes as soon as it runs
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      isAsked = true
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child = start()
  return { child, isAskedToEnd: () => isAsked }
}

/** How a shell tells the end of a child. */
export function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0)
}
