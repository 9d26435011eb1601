import type { Likelihood, Likely } from '../../common/values.ts'
import { peakOf } from './ranking.ts'

/** Stands for the logarithm of a probability that is next to nothing, as at OpenAI; it can be written in JSON. */
const LEAST = -9999

/** Log-probabilities of the tokens that can come next. */
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
   */
  constructor(logits: Float32Array, most: number, nameOf: (id: number) => string) {
    this.logits = logits.slice()
    this.nameOf = nameOf
    const peak = peakOf(logits)
    let sum = 0
    for (const logit of logits) sum += Math.exp(logit - peak)
    this.total = peak + Math.log(sum)
    this.likeliest = largest(this.logits, most).map((id) => this.likely(id))
  }

  of(id: number): Likelihood {
    return { ...this.likely(id), likeliest: [...this.likeliest] }
  }

  private likely(id: number): Likely {
    const logProbability = this.logits[id]! - this.total
    return { text: this.nameOf(id), logProbability: logProbability > LEAST ? logProbability : LEAST }
  }
}

/** Indices of the `most` largest values, largest first; of equals, the smaller index. */
function largest(values: Float32Array, most: number): number[] {
  const found: number[] = []
  for (let id = 0; id < values.length && most > 0; id++) {
    if (found.length === most && !(values[id]! > values[found.at(-1)!]!)) continue
    if (found.length === most) found.pop()
    const place = found.findIndex((other) => values[id]! > values[other]!)
    found.splice(place < 0 ? found.length : place, 0, id)
  }
  return found
}
