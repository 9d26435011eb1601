import type { Token } from '../../models/common/values.ts'
import type { DetailsPart } from '../history/token-details.ts'
import type { TokenDetails } from '../contract/values.ts'

/** Tokens in a part: what is written again each time that a growing answer is saved. */
const PART = 256

interface Part {
  first: number
  details: TokenDetails[]
}

/** What decided about the tokens of an answer while it grows. */
export class GrowingDetails {
  private readonly parts: Part[] = []
  /** Parts before it are on disk as they are. */
  private unsavedFrom = 0

  /** @param first index of the first of them in the answer */
  add(first: number, tokens: readonly Token[]): void {
    for (const [i, { likelihood = null, gate = null }] of tokens.entries()) {
      let part = this.parts.at(-1)
      if (!part || part.details.length >= PART) {
        part = { first: first + i, details: [] }
        this.parts.push(part)
      }
      part.details.push({ likelihood, gate })
    }
  }

  partOf(token: number): DetailsPart | null {
    return this.parts.find(({ first, details }) => token >= first && token < first + details.length) ?? null
  }

  unsaved(): readonly DetailsPart[] {
    return this.parts.slice(this.unsavedFrom)
  }

  /** All of them are on disk; only the last part will be written again. */
  saved(): void {
    this.unsavedFrom = Math.max(0, this.parts.length - 1)
  }
}
