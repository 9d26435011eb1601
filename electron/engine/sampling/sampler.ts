import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Sampling } from '../../contract/values.ts'

interface Candidate {
  id: number
  logit: number
  probability: number
}

/**
 * Draws tokens from logits. Order: repetition penalty, greedy if the temperature is 0, else temperature, top-k, top-p,
 * min-p, draw. The same seed and logits give the same tokens.
 */
export class Sampler {
  private readonly sampling: Sampling
  private readonly random: ReturnType<typeof xoroshiro128plus>
  private readonly seen: Set<number>

  /** @param context tokens already there, which the repetition penalty counts too */
  constructor(sampling: Sampling, seed: number, context: Iterable<number>) {
    this.sampling = sampling
    this.random = xoroshiro128plus(seed)
    this.seen = new Set(context)
  }

  /** @param logits [V]; changed in place by the penalty */
  next(logits: Float32Array): number {
    this.penalise(logits)
    const id = this.sampling.temperature === 0 ? argmax(logits) : this.draw(logits)
    this.seen.add(id)
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
    const kept = this.truncate(logits)
    let rest = uniformFloat64(this.random) * kept.reduce((sum, candidate) => sum + candidate.probability, 0)
    for (const candidate of kept) {
      rest -= candidate.probability
      if (rest < 0) return candidate.id
    }
    return kept.at(-1)!.id
  }

  /** The candidates that top-k, top-p and min-p leave, likeliest first; at least one. */
  private truncate(logits: Float32Array): Candidate[] {
    const { temperature, topK, topP, minP } = this.sampling
    const peak = logits[argmax(logits)]!
    const candidates: Candidate[] = []
    // below e^-40 of the likeliest nothing is ever drawn
    const floor = peak - 40 * temperature
    for (let id = 0; id < logits.length; id++) {
      const logit = logits[id]!
      if (logit >= floor) candidates.push({ id, logit, probability: Math.exp((logit - peak) / temperature) })
    }
    candidates.sort((a, b) => b.logit - a.logit || a.id - b.id)
    const top = topK > 0 ? candidates.slice(0, topK) : candidates
    const total = top.reduce((sum, candidate) => sum + candidate.probability, 0)
    let before = 0
    return top.filter((candidate, i) => {
      const inside = before < topP * total && candidate.probability >= minP
      before += candidate.probability
      return i === 0 || inside
    })
  }
}

/** The first index of the largest value. */
export function argmax(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}
