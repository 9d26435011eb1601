import { availableParallelism } from 'node:os'
import type { Precision } from '../../common/values.ts'
import type { PreparedModel } from '../../prepare/prepare.ts'
import { workOfToken } from '../../prepare/work.ts'
import { recallThreading } from './tuning-store.ts'

/** How fast a machine is taken to be where nothing was measured: bytes of weights read a millisecond (12 GB/s). */
const BYTES_PER_MS = 12e6
/** Products a millisecond on one core, by the prefill bench: 50 billion a second in 8 or 4 bits, half of it in float32. */
const PRODUCTS_PER_MS: Readonly<Record<Precision, number>> = { int8: 50e6, int4: 50e6, fp32: 25e6 }
/** Cores that a prompt is taken to be read with, at most. */
const MOST_CORES = 4
/** Tokens of a prompt that a person is told about, and seconds to its first token from which they are. */
const [PROMPT, LONG_S] = [200, 10]

/** Milliseconds at full depth; a budget below 100 takes less. */
export interface Estimate {
  /** For a token that is written. */
  tokenMs: number
  /** Until the first token behind a prompt. */
  firstTokenMs: number
  /** Whether the speed of a token was measured here, with this model. */
  measured: boolean
}

/**
 * How long a prepared model's answers take on a CPU. Of a token: the greater of bytes / 12 GB/s and
 * products / (cores · 50 G/s), over all visits at full depth (parameters × depth), or what was measured when threads were
 * compared. Of a prompt of n tokens: n · products / (cores · 50 G/s), but n times a token's time where tokens are read one by one.
 */
export function estimate(model: PreparedModel, promptTokens: number): Estimate {
  const { bytes, products } = workOfToken(model)
  const cores = Math.max(1, Math.min(MOST_CORES, availableParallelism()))
  const computing = products / (cores * PRODUCTS_PER_MS[model.precision])
  const found = recallThreading(model.folder)?.ms
  const tokenMs = found ?? Math.max(bytes / BYTES_PER_MS, computing)
  const reading = model.plan.prompts === 'tokens' ? promptTokens * tokenMs : promptTokens * computing
  return { tokenMs, firstTokenMs: Math.max(reading, tokenMs), measured: found !== undefined }
}

/** A sentence about a model whose answers begin late, null where they do not. */
export function slowness(model: PreparedModel): string | null {
  const { tokenMs, firstTokenMs, measured } = estimate(model, PROMPT)
  if (firstTokenMs < 1000 * LONG_S) return null
  const basis = measured ? 'as measured here' : 'by a rough estimate'
  return (
    `${model.plan.name} is slow on this machine, ${basis}: at full depth a prompt of ${PROMPT} tokens takes about ` +
    `${seconds(firstTokenMs)} to read, and every token of the answer about ${seconds(tokenMs)}.`
  )
}

function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toPrecision(2)} s`
  return ms < 90_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
