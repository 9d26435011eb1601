import type { ModelTokenizer } from './tokenizer.ts'

const REPLACEMENT = '\uFFFD'
/** Tokens of context that a decoder may need to get the next ones right (a leading space, a split character). */
const CONTEXT = 6
/** Tokens that a character is waited for: one has four bytes at most, but tokens may end and begin in the middle of some. */
const PATIENCE = 32

/** Text of an answer, token by token; characters that take several tokens come with the last of them. */
export class TextStream {
  private readonly tokenizer: ModelTokenizer
  private ids: number[] = []
  /** Tokens of `ids` whose text has been given out. */
  private given = 0

  constructor(tokenizer: ModelTokenizer) {
    this.tokenizer = tokenizer
  }

  /** What the token adds; empty while a character is incomplete. */
  push(id: number): string {
    this.ids.push(id)
    const text = this.pending()
    if (text.endsWith(REPLACEMENT) && this.ids.length - this.given < PATIENCE) return ''
    this.given = this.ids.length
    if (this.given > 2 * CONTEXT) {
      this.ids = this.ids.slice(-CONTEXT)
      this.given = CONTEXT
    }
    return text
  }

  /** What is left at the end, with a replacement mark for a character that was never completed. */
  flush(): string {
    const text = this.pending()
    this.given = this.ids.length
    return text
  }

  private pending(): string {
    const before = this.tokenizer.decode(this.ids.slice(0, this.given))
    return this.tokenizer.decode(this.ids).slice(before.length)
  }
}
