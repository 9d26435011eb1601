import type { Clock } from './clock.ts'

interface Quiet {
  /** Tokens per second of all of them together. */
  atMost: number
  /** When its next token may be computed. */
  due: number
  wake: (() => void) | null
}

/**
 * Rests between the tokens of quiet answers, in which the processor has nothing to do for them. Quiet answers share one
 * speed: of two, each rests twice as long. Others are not held up.
 */
export class Rests {
  private readonly clock: Clock
  private readonly resting = new Map<number, Quiet>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Answer `id` is to rest from now on, or no more (null). One that rests at present is woken. */
  set(id: number, atMost: number | null): void {
    const before = this.resting.get(id)
    if (atMost === null) this.resting.delete(id)
    else this.resting.set(id, { atMost, due: before?.due ?? this.clock.now(), wake: null })
    before?.wake?.()
  }

  /** Ends the present rest, if there is one. */
  wake(id: number): void {
    this.resting.get(id)?.wake?.()
  }

  /**
   * Resolves when the next token of the answer may be computed, at once where it does not rest. A token that took longer
   * than its turn is not made up for.
   */
  async rest(id: number): Promise<void> {
    const quiet = this.resting.get(id)
    if (!quiet) return
    const now = this.clock.now()
    const turn = (1000 * this.resting.size) / quiet.atMost
    quiet.due = Math.max(now, quiet.due + turn)
    const ms = quiet.due - now
    if (ms <= 0) return
    await new Promise<void>((resolve) => {
      const giveUp = this.clock.after(ms, resolve)
      quiet.wake = () => {
        giveUp()
        resolve()
      }
    })
    quiet.wake = null
  }
}
