import type { Plan } from '../../plan/plan.ts'
import type { Sampler } from '../sampling/sampler.ts'
import type { Sequence } from '../sequence.ts'
import { deepeningVisit, draft, verify } from './draft.ts'
import { Pacer } from './pacer.ts'

/** A token that was decided ahead of its turn. */
export interface Ahead {
  id: number
  /** Recursions of the position that it was drawn at, and optional compute of it in layers. */
  depth: number
  cost: number
  /** Draws what comes behind it. */
  sampler: Sampler
}

/**
 * Self-speculation across depth (after arXiv 2211.17192, with the model's own first recursion as the draft, as in
 * 2404.16710): tokens are drafted at the least depth, one by one, and then taken to full depth together, from the states
 * and the K/V of the first recursion. A draft is drawn with the same random number as the token itself: what is kept is
 * what plain decoding would have written, token for token, and not only in distribution.
 */
export class Speculation {
  private readonly plan: Plan
  private readonly from: number
  private readonly alone: () => boolean
  private readonly pacer: Pick<Pacer, 'length' | 'took'>

  private constructor(plan: Plan, from: number, alone: () => boolean, pacer: Pick<Pacer, 'length' | 'took'>) {
    this.plan = plan
    this.from = from
    this.alone = alone
    this.pacer = pacer
  }

  /**
   * @param alone whether no other answer is being written: several fill a run's rows themselves
   * @returns null for models of which no token can be taken deeper later
   */
  static for(
    plan: Plan,
    alone: () => boolean,
    pacer: Pick<Pacer, 'length' | 'took'> = new Pacer(),
  ): Speculation | null {
    const from = deepeningVisit(plan)
    return from === null ? null : new Speculation(plan, from, alone, pacer)
  }

  /** Whether tokens may be drafted while these thresholds hold: all of them must go to full depth, and nobody else write. */
  fits(thresholds: readonly number[]): boolean {
    return this.alone() && thresholds.every((threshold) => threshold === -Infinity)
  }

  /** Tokens to be drafted next; 0: none. @param room tokens that may still be read */
  length(room: number): number {
    return Math.min(this.pacer.length, room)
  }

  /** Tells what tokens took that were written where drafting fits, as Pacer.took. */
  took(length: number, tokens: number, ms: number): void {
    this.pacer.took(length, tokens, ms)
  }

  /**
   * Reads `id` and at most `length` − 1 tokens drafted behind it. The sequence has then read all tokens given back but the last.
   * @returns at least one token; and the scores of the rows that were kept, by threshold
   */
  async write(
    sequence: Sequence,
    id: number,
    length: number,
    sampler: Sampler,
  ): Promise<{ tokens: Ahead[]; scores: number[][] }> {
    const begun = []
    const proposed: number[] = []
    const drafting = sampler.fork()
    const before = sequence.length
    for (let next = id; begun.length < length; next = proposed.at(-1)!) {
      const one = await draft(this.plan, this.from, sequence, next)
      begun.push(one)
      proposed.push(drafting.next(one.logits))
      if (this.plan.endTokens.includes(proposed.at(-1)!)) break
    }
    const { logits, depths, optional, scores } = await verify(this.plan, this.from, sequence, begun)
    const width = logits!.length / begun.length
    const tokens: Ahead[] = []
    let drawing = sampler
    for (let i = 0; i < begun.length; i++) {
      drawing = drawing.fork()
      const drawn = drawing.next(logits!.subarray(i * width, (i + 1) * width))
      tokens.push({ id: drawn, depth: depths[i]!, cost: optional.full / begun.length, sampler: drawing })
      if (drawn !== proposed[i]) break
    }
    sequence.rewind(before + tokens.length)
    return { tokens, scores: scores.map((all) => all.slice(0, tokens.length)) }
  }
}
