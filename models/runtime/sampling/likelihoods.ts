import type { Likelihood, Likely } from '../../common/values.ts'

/** Stands for the logarithm of a probability that is next to nothing, as at OpenAI; it can be written in JSON. */
const LEAST = -9999

/** Log-probabilities of the tokens that can come next: a softmax of the logits as the model gave them, before anything of sampling. */
export class Likelihoods {
  private readonly logits: Float32Array
  private readonly nameOf: (id: number) => string
  /** Logarithm of the sum of the exponentials of all logits. */
  private readonly total: number
  private readonly likeliest: readonly Likely[]

  /**
   * @param logits [V]; may change afterwards
   * @param most how many of the likeliest tokens are told
   * @param nameOf text of a token
   * @param kept [V], where the logits are kept; it is this object's own until the next is made with it
   */
  constructor(logits: Float32Array, most: number, nameOf: (id: number) => string, kept?: Float32Array) {
    if (kept) kept.set(logits)
    this.logits = kept ?? logits.slice()
    this.nameOf = nameOf
    const ids = largest(this.logits, Math.max(1, most))
    const peak = this.logits[ids[0] ?? 0]!
    this.total = peak + Math.log(exponentials(this.logits, peak))
    this.likeliest = ids.slice(0, most).map((id) => this.likely(id))
  }

  of(id: number): Likelihood {
    return { ...this.likely(id), likeliest: [...this.likeliest] }
  }

  private likely(id: number): Likely {
    const logProbability = this.logits[id]! - this.total
    return { text: this.nameOf(id), logProbability: logProbability > LEAST ? logProbability : LEAST }
  }
}

/** Indices of the `most` largest values, largest first; of equals, the smaller index. Without those that are no numbers. */
function largest(values: Float32Array, most: number): number[] {
  const found: number[] = []
  let least = -Infinity
  // four at a time, of which mostly none is large
  const whole = values.length & ~3
  for (let i = 0; i < whole; i += 4) {
    if (values[i]! > least || values[i + 1]! > least || values[i + 2]! > least || values[i + 3]! > least) {
      for (let id = i; id < i + 4; id++) if (values[id]! > least) least = insert(found, values, id, most)
    }
  }
  for (let id = whole; id < values.length; id++) if (values[id]! > least) least = insert(found, values, id, most)
  return found
}

/** @returns what the next one has to exceed */
function insert(found: number[], values: Float32Array, id: number, most: number): number {
  if (found.length === most) found.pop()
  let place = found.length
  while (place > 0 && values[id]! > values[found[place - 1]!]!) place--
  found.splice(place, 0, id)
  return found.length === most ? values[found.at(-1)!]! : -Infinity
}

/** How far below the peak a logit adds nothing any more. */
const DEPTH = 40
/** Straight lines in one unit of the logits: e to a negative power is right to 8 · 10⁻⁶ of itself. */
const FINENESS = 128
const LINES = DEPTH * FINENESS
/** The tangents of e to −x at multiples of 1 / FINENESS. */
const BASES = Float64Array.from({ length: LINES + 1 }, (_, line) => (1 + line / FINENESS) * Math.exp(-line / FINENESS))
const SLOPES = Float64Array.from({ length: LINES + 1 }, (_, line) => Math.exp(-line / FINENESS) / FINENESS)

/** Sum of e to the power of each value minus `peak`, the largest; what is no number counts as nothing. */
function exponentials(values: Float32Array, peak: number): number {
  const term = (value: number): number => {
    const below = (peak - value) * FINENESS
    return below < LINES ? BASES[(below + 0.5) | 0]! - below * SLOPES[(below + 0.5) | 0]! : 0
  }
  // four at a time, as each addition waits for the one before
  let [a, b, c, d] = [0, 0, 0, 0]
  let i = values.length & 3
  for (let rest = 0; rest < i; rest++) a += term(values[rest]!)
  for (; i < values.length; i += 4) {
    a += term(values[i]!)
    b += term(values[i + 1]!)
    c += term(values[i + 2]!)
    d += term(values[i + 3]!)
  }
  return a + b + c + d
}
