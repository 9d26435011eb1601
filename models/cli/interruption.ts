/** How a shell tells that a command ended by Ctrl+C. */
const EXIT_INTERRUPTED = 130

/**
 * Does work that a signal ends at once: half-written folders are removed as the process exits. Without it a signal ends
 * the process in the system's way, which removes nothing, but waits for no computation under way either.
 */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const end = (): void => {
    process.stderr.write('\nInterrupted; nothing half-done was kept.\n')
    process.exit(EXIT_INTERRUPTED)
  }
  for (const signal of signals) process.on(signal, end)
  try {
    return await work()
  } finally {
    for (const signal of signals) process.off(signal, end)
  }
}
