import type { Sampling } from '../../common/values.ts'
import type { Random } from '../random.ts'
import { seeded, uniform } from '../random.ts'
import { peakOf, Ranking } from './ranking.ts'

/**
 * Draws tokens from logits. Order: repetition penalty, greedy if the temperature is 0, else temperature, top-k, top-p,
 * min-p, draw. The same seed and logits give the same tokens.
 */
export class Sampler {
  private readonly sampling: Sampling
  private readonly random: Random
  /** Tokens that the penalty counts; none where there is no penalty. */
  private readonly seen: Set<number>

  /** @param context tokens already there, which the repetition penalty counts too */
  constructor(sampling: Sampling, seed: number, context: Iterable<number>) {
    this.sampling = sampling
    this.random = seeded(seed)
    this.seen = new Set(sampling.repetitionPenalty === 1 ? [] : context)
  }

  /** @param logits [V]; changed in place by the penalty */
  next(logits: Float32Array): number {
    this.penalise(logits)
    const id = this.sampling.temperature === 0 ? argmax(logits) : this.draw(logits)
    if (this.sampling.repetitionPenalty !== 1) this.seen.add(id)
    return id
  }

  /** Keskar et al. (arXiv 1909.05858): divides positive and multiplies negative logits of tokens seen. */
  private penalise(logits: Float32Array): void {
    const penalty = this.sampling.repetitionPenalty
    if (penalty === 1) return
    for (const id of this.seen) {
      const logit = logits[id]
      if (logit !== undefined) logits[id] = logit > 0 ? logit / penalty : logit * penalty
    }
  }

  private draw(logits: Float32Array): number {
    const { temperature, topK, topP, minP } = this.sampling
    const ranking = new Ranking(logits, temperature)
    let kept = topK > 0 ? ranking.likeliest(topK) : ranking.all()
    if (topP < 1 || minP > 0) kept = ranking.truncated(kept, topP, minP)
    return ranking.at(uniform(this.random), kept)
  }
}

/** The first index of the largest value. */
export function argmax(values: Float32Array): number {
  return Math.max(0, values.indexOf(peakOf(values)))
}
