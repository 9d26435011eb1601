import { concatenate } from '../../formats/floats.ts'
import type { ForwardResult, Wanted } from './forward.ts'

/** The tokens in pieces that can be run, each with which logits are wanted of it. */
export function piecesOf(ids: readonly number[], wanted: Wanted, most: number): [ids: readonly number[], Wanted][] {
  const count = Math.max(1, Math.ceil(ids.length / most))
  const size = Math.ceil(ids.length / count)
  return Array.from({ length: count }, (_, i) => [
    ids.slice(i * size, (i + 1) * size),
    wanted === 'last' && i < count - 1 ? 'none' : wanted,
  ])
}

/** What came of all pieces of a row of tokens. */
export function joined(parts: readonly ForwardResult[]): ForwardResult {
  const last = parts.at(-1)!
  if (parts.length === 1) return last
  const logits = parts.flatMap((part) => part.logits ?? [])
  return {
    logits: logits.length > 0 ? concatenate(logits) : null,
    depths: Uint8Array.from(parts.flatMap(({ depths }) => [...depths])),
    optional: {
      run: parts.reduce((sum, { optional }) => sum + optional.run, 0),
      full: parts.reduce((sum, { optional }) => sum + optional.full, 0),
    },
    scores: last.scores.map((_, threshold) => parts.flatMap(({ scores }) => scores[threshold]!)),
    gate: last.gate,
    registers: last.registers,
  }
}
