import type { Sampling } from '../../contract/values.ts'
import type { Random } from '../random.ts'
import { seeded, uniform } from '../random.ts'

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
  private random: Random
  /** Tokens that the penalty counts; none where there is no penalty. */
  private readonly seen: Set<number>

  /** @param context tokens already there, which the repetition penalty counts too */
  constructor(sampling: Sampling, seed: number, context: Iterable<number>) {
    this.sampling = sampling
    this.random = seeded(seed)
    this.seen = new Set(sampling.repetitionPenalty === 1 ? [] : context)
  }

  /** Another that draws what this one would. */
  fork(): Sampler {
    const copy = new Sampler(this.sampling, 0, this.seen)
    copy.random = this.random.clone()
    return copy
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
    const { topP, minP } = this.sampling
    const ranked = new Ranked(logits, this.sampling)
    const cut = topP < 1 || minP > 0 ? truncated(ranked, topP, minP) : null
    const mass = cut ? cut.reduce((sum, { probability }) => sum + probability, 0) : ranked.mass
    let rest = uniform(this.random) * mass
    let last = 0
    for (const { id, probability } of cut ?? ranked.descending()) {
      rest -= probability
      if (rest < 0) return id
      last = id
    }
    return last
  }
}

/** The smallest set of the likeliest that reaches top-p of the mass, without those below min-p; at least one. */
function truncated(ranked: Ranked, topP: number, minP: number): Candidate[] {
  const kept: Candidate[] = []
  let before = 0
  for (const candidate of ranked.descending()) {
    if (kept.length > 0 && (before >= topP * ranked.mass || candidate.probability < minP)) break
    kept.push(candidate)
    before += candidate.probability
  }
  return kept
}

/** How far below the likeliest, in temperatures, nothing is ever drawn any more; and into how many steps that is divided. */
const [DEPTH, STEPS] = [40, 160]

/** Memory of the draw under way, which is used again by the next. */
let scratch = { steps: new Uint8Array(0), ids: new Int32Array(0) }

/** The candidates that top-k leaves, of which mostly the first few are looked at: they are put in order step by step. */
class Ranked {
  /** Sum of their probabilities, the likeliest's being 1. */
  readonly mass: number
  private readonly logits: Float32Array
  private readonly temperature: number
  private readonly topK: number
  private readonly peak: number
  /** Candidates by step, and where each step begins. */
  private readonly ids: Int32Array
  private readonly starts = new Int32Array(STEPS + 1)

  constructor(logits: Float32Array, { temperature, topK }: Sampling) {
    this.logits = logits
    this.temperature = temperature
    this.topK = topK > 0 ? topK : Infinity
    this.peak = logits[argmax(logits)]!
    this.ids = this.bySteps()
    this.mass = topK > 0 ? this.massOfTop() : this.massOfAll()
  }

  /** Likeliest first; of equals, that of the smaller id. */
  *descending(): Generator<Candidate> {
    const { logits } = this
    let given = 0
    for (let step = 0; step < STEPS; step++) {
      const within = this.ids.subarray(this.starts[step], this.starts[step + 1])
      if (within.length > 1) within.sort((a, b) => logits[b]! - logits[a]! || a - b)
      for (const id of within) {
        if (given++ >= this.topK) return
        yield { id, logit: logits[id]!, probability: this.probability(logits[id]!) }
      }
    }
  }

  private bySteps(): Int32Array {
    const { logits, peak, starts } = this
    const scale = STEPS / (DEPTH * this.temperature)
    if (scratch.steps.length < logits.length) {
      scratch = { steps: new Uint8Array(logits.length), ids: new Int32Array(logits.length) }
    }
    const { steps, ids } = scratch
    for (let id = 0; id < logits.length; id++) {
      const step = (peak - logits[id]!) * scale
      steps[id] = step < STEPS ? step : STEPS
      if (step < STEPS) starts[steps[id]! + 1]!++
    }
    for (let step = 0; step < STEPS; step++) starts[step + 1]! += starts[step]!
    const next = starts.slice()
    for (let id = 0; id < logits.length; id++) if (steps[id]! < STEPS) ids[next[steps[id]!]!++] = id
    return ids.subarray(0, starts[STEPS])
  }

  private massOfTop(): number {
    let sum = 0
    for (const { probability } of this.descending()) sum += probability
    return sum
  }

  private massOfAll(): number {
    let sum = 0
    for (const id of this.ids) sum += this.probability(this.logits[id]!)
    return sum
  }

  private probability(logit: number): number {
    return Math.exp((logit - this.peak) / this.temperature)
  }
}

/** The first index of the largest value. */
export function argmax(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}
