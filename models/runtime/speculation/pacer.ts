/** Draft lengths that are tried against plain decoding. */
const LENGTHS = [2, 4] as const
/** Tokens that a way of decoding is timed over. */
const TOKENS = 24
/** Tokens after which a way that takes so many times as long as plain decoding is given up. */
const [ENOUGH, HOPELESS] = [6, 1.2]
/** Tokens until what was found is looked into again, at first; twice as many each time that drafting did not pay. */
const PATIENCE = 256
/** Share of plain decoding's time that drafting must save. */
const WORTH = 0.05

interface Trial {
  length: number
  tokens: number
  ms: number
}

/**
 * Decides by measurement how many tokens are drafted at a time: none unless that is faster on this machine, for what is
 * being written. Every way gets a few tokens; the best goes on until it is time to look again.
 */
export class Pacer {
  private trials: Trial[] = []
  private chosen = 0
  private rest = 0
  private patience = PATIENCE

  constructor() {
    this.look()
  }

  /** Tokens to be drafted next; 0: decode plainly. */
  get length(): number {
    return this.open()?.length ?? this.chosen
  }

  /** Tells what `tokens` took that were written with drafts of this length. */
  took(length: number, tokens: number, ms: number): void {
    const open = this.open()
    if (!open) {
      this.rest -= tokens
      if (this.rest <= 0) this.look()
      return
    }
    if (open.length !== length) return
    open.tokens += tokens
    open.ms += ms
    if (!this.open()) this.choose()
  }

  private open(): Trial | undefined {
    const plain = this.trials[0]!
    const hopeless = ({ tokens, ms }: Trial): boolean =>
      tokens >= ENOUGH && ms / tokens > (HOPELESS * plain.ms) / plain.tokens
    return this.trials.find((trial) => trial.tokens < TOKENS && !hopeless(trial))
  }

  private look(): void {
    this.trials = [0, ...LENGTHS].map((length) => ({ length, tokens: 0, ms: 0 }))
  }

  private choose(): void {
    const perToken = ({ ms, tokens }: Trial): number => ms / tokens
    const plain = this.trials[0]!
    const best = this.trials.reduce((a, b) => (perToken(b) < perToken(a) ? b : a))
    this.chosen = perToken(best) < (1 - WORTH) * perToken(plain) ? best.length : 0
    this.patience = this.chosen > 0 ? PATIENCE : 2 * this.patience
    this.rest = this.patience
  }
}
