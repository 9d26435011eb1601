/** Progress is written this often to a terminal, and to anything else, in milliseconds. */
const [TERMINAL_MS, LOG_MS] = [200, 10_000]

/** One line on standard error that is written over; in a log, a new one now and then. */
export class DownloadProgress {
  private readonly isTerminal = process.stderr.isTTY
  private readonly began = performance.now()
  private first: number | null = null
  private shownAt = -Infinity
  private last = ''

  show(text: (perSecond: number | null) => string, bytes: number | null): void {
    const now = performance.now()
    if (bytes !== null) this.first ??= bytes
    if (now - this.shownAt < (this.isTerminal ? TERMINAL_MS : LOG_MS)) return
    this.shownAt = now
    const seconds = (now - this.began) / 1000
    const perSecond = bytes !== null && bytes > this.first! ? (bytes - this.first!) / seconds : null
    const line = text(perSecond)
    if (line === this.last) return
    this.last = line
    process.stderr.write(this.isTerminal ? `\r\u001b[K${line}` : `${line}\n`)
  }

  end(): void {
    if (this.isTerminal && this.last !== '') process.stderr.write('\n')
  }
}
