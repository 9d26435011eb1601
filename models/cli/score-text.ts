import type { BudgetController } from '../runtime/budget/controller.ts'
import { Decoder } from '../runtime/decoder.ts'
import type { Engine } from '../runtime/engine.ts'

export interface ScoredText {
  /** Sum over the tokens predicted, in nats. */
  nll: number
  tokens: number
  depth: number
  /** Optional compute, in layers: run, and at full budget. */
  run: number
  full: number
  ms: number
}

/** Reads a text one token at a time, each under the rule of generation, and adds up the loss of every next token. */
export async function scoreText(
  engine: Engine,
  ids: readonly number[],
  controller: BudgetController,
): Promise<ScoredText> {
  const decoder = new Decoder(engine.sequence(), controller)
  const scored: ScoredText = { nll: 0, tokens: 0, depth: 0, run: 0, full: 0, ms: 0 }
  const start = performance.now()
  const end = Math.min(ids.length, engine.info.contextLength + 1) - 1
  for (let i = 0; i < end; i++) {
    const { logits, depths, optional } = await decoder.step(ids[i]!)
    scored.nll += nll(logits!, ids[i + 1]!)
    scored.tokens++
    scored.depth += depths[0]!
    scored.run += optional.run
    scored.full += optional.full
  }
  scored.ms = performance.now() - start
  decoder.sequence.release()
  return scored
}

function nll(logits: Float32Array, id: number): number {
  let peak = -Infinity
  for (const logit of logits) if (logit > peak) peak = logit
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - peak)
  return Math.log(sum) + peak - logits[id]!
}
