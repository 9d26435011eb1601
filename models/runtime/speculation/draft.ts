import type { Plan } from '../../plan/plan.ts'
import { admitAll, admitNone } from '../budget/thresholds.ts'
import type { ForwardResult } from '../passes/forward.ts'
import type { Sequence } from '../sequence.ts'

/** A token read at the least depth: what deeper visits would begin with, by register. */
interface Begun {
  logits: Float32Array
  registers: ReadonlyMap<string, Float32Array>
}

/**
 * The visit from which on a token can be taken deeper later, without any visit before it: the first that a budget
 * decides about. Null where there is none, or where what comes behind it changes what other tokens see there.
 */
export function deepeningVisit({ visits, tail, prompts, registers }: Plan): number | null {
  if (prompts !== 'chunks' || Object.values(registers).some(({ carries }) => carries !== null)) return null
  const first = visits.findIndex(({ admission }) => admission.some(({ atLeast }) => typeof atLeast === 'object'))
  if (first <= 0) return null
  const later = visits.slice(first, tail)
  const readsOnly = later.every(
    ({ cache, updates, refusal }) => refusal === 'tail' && updates.length === 0 && (!cache || cache.mode === 'shared'),
  )
  const before = visits.slice(0, first).every(({ admission, updates }) => admission.length + updates.length === 0)
  const rest = visits.slice(tail).every(({ cache }) => !cache || (cache.mode === 'append' && !cache.missing))
  return readsOnly && before && rest ? first : null
}

/** Reads one more token with no visit that a budget decides about. */
export async function draft({ policy }: Plan, from: number, sequence: Sequence, id: number): Promise<Begun> {
  const registers = new Map<string, Float32Array>()
  const { logits } = await sequence.append([id], admitNone(policy), 'last', {
    probe: (visit, _rows, _output, values) => {
      if (visit === from - 1) for (const name of values.names) registers.set(name, values.all(name).slice())
    },
  })
  return { logits: logits!, registers }
}

/** Takes the last tokens of a sequence, drafted one by one, through all that is left: one pass for all of them. */
export function verify(
  { policy }: Plan,
  from: number,
  sequence: Sequence,
  drafts: readonly Begun[],
): Promise<ForwardResult> {
  const first = sequence.length - drafts.length
  return sequence.rerunFrom(drafts.length, admitAll(policy), {
    from,
    initial: (name, position) => drafts[position - first]!.registers.get(name)!,
  })
}
