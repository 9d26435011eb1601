import type { BudgetController } from './budget/controller.ts'
import { Decoder } from './decoder.ts'
import type { Engine } from './engine.ts'

export interface ScoredText {
  /** Sum over the tokens predicted, in nats. */
  nll: number
  tokens: number
  depth: number
  /** Optional compute, in layers: run, and at full budget. */
  run: number
  full: number
  /** Of the steps alone. */
  ms: number
}

export const NOTHING_SCORED: Readonly<ScoredText> = { nll: 0, tokens: 0, depth: 0, run: 0, full: 0, ms: 0 }

/** The sum of two. */
export function together(a: ScoredText, b: ScoredText): ScoredText {
  return {
    nll: a.nll + b.nll,
    tokens: a.tokens + b.tokens,
    depth: a.depth + b.depth,
    run: a.run + b.run,
    full: a.full + b.full,
    ms: a.ms + b.ms,
  }
}

/**
 * Reads a text one token at a time, each under the rule of generation, and adds up the loss of every next token.
 * @param before awaited before every step; what it throws ends the reading
 * @throws DepthwiseError as Sequence.append
 */
export async function scoreText(
  engine: Engine,
  ids: readonly number[],
  controller: BudgetController,
  before?: () => Promise<void>,
): Promise<ScoredText> {
  const decoder = new Decoder(engine.sequence(), controller)
  const scored: ScoredText = { ...NOTHING_SCORED }
  const end = Math.min(ids.length, engine.info.contextLength + 1) - 1
  try {
    for (let i = 0; i < end; i++) {
      await before?.()
      const start = performance.now()
      const { logits, depths, optional } = await decoder.step(ids[i]!)
      scored.ms += performance.now() - start
      scored.nll += nll(logits!, ids[i + 1]!)
      scored.tokens++
      scored.depth += depths[0]!
      scored.run += optional.run
      scored.full += optional.full
    }
    return scored
  } finally {
    decoder.sequence.release()
  }
}

function nll(logits: Float32Array, id: number): number {
  let peak = -Infinity
  for (const logit of logits) if (logit > peak) peak = logit
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - peak)
  return Math.log(sum) + peak - logits[id]!
}
