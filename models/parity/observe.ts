import { isTap, tapPort } from '../plan/ports.ts'
import type { Plan } from '../plan/plan.ts'
import { STATE } from '../plan/visit.ts'
import { trainedThresholds } from '../runtime/budget/thresholds.ts'
import type { Observer, PassOptions } from '../runtime/passes/forward.ts'
import { piecesOf } from '../runtime/passes/pieces.ts'
import { argmax } from '../runtime/sampling/sampler.ts'
import type { Feeding } from './feeding.ts'
import { pieces } from './feeding.ts'
import type { Reading } from './reading.ts'
import type { Subject } from './subject.ts'

/** What was seen while the runtime read one input. */
export interface Observed {
  /**
   * By name, [tokens, …]:
   * - `logits`; `depth`; `register.NAME`, behind the last visit
   * - `ran.N`: 1 where visit N ran a row, else 0; `out.N.NAME`: what its graph gave out, NaN where it did not run
   * - `stream.N`: the register `state` behind visit N
   * - of a model with taps: `embed`, `layer.N` (the stream behind unrolled layer N, counted over all visits), `state.N`
   *   (behind the layers of visit N) and `norm` (behind the final norm); NaN where a row passed a visit by
   */
  values: Map<string, Float32Array>
  /** Rows in the cache of each layer, in the order of the plan. */
  kvRows: number[]
  plan: Plan
}

/** @param input index of the recorded input */
export async function observe(
  subject: Pick<Subject, 'plan' | 'sequence'>,
  ids: readonly number[],
  feeding: Feeding,
  reading: Reading = {},
  input = 0,
): Promise<Observed> {
  const { plan } = subject
  const seen = new Sheet(ids.length)
  const sequence = subject.sequence()
  const taps = tapsOf(plan)
  const thresholds = thresholdsFor(plan, reading)
  const own = reading.options?.(input) ?? {}
  // an observer counts rows from the beginning of a pass, and a device takes few in one
  const most = sequence.kv.mostRows(thresholds)
  for (const [part] of pieces(ids, feeding).flatMap((piece) => piecesOf(piece, 'all', most))) {
    const start = sequence.length
    const all = part.map((_, i) => start + i)
    const observer: Observer = (visit, rows, output, registers) => {
      const places = rows.map((row) => start + row)
      seen.put(`ran.${visit}`, places, new Float32Array(rows.length).fill(1), 0)
      for (const name of plan.forms.host[plan.visits[visit]!.graph]!.outputs) {
        const values = output(name)
        if (values && values.length % rows.length === 0) seen.put(`out.${visit}.${name}`, places, values)
      }
      for (const [tap, name] of taps[visit]!) seen.put(name, places, output(tap)!)
      if (STATE in plan.registers) seen.put(`stream.${visit}`, all, registers.all(STATE))
    }
    const { logits, depths, registers } = await sequence.append(part, thresholds, 'all', { ...own, observer })
    seen.put('logits', all, logits!)
    seen.put('depth', all, Float32Array.from(depths))
    for (const name of Object.keys(plan.registers)) seen.put(`register.${name}`, all, registers.all(name))
  }
  const { rows: kvRows } = sequence.kv
  sequence.release()
  return { plan, values: seen.values, kvRows }
}

/** A greedy answer. */
export interface Answered {
  ids: number[]
  /** [count, V], those that each id was chosen from. */
  logits: Float32Array
  /** Per id: recursions of the position that it was chosen at, and the visits that ran this position. */
  depths: number[]
  visits: number[][]
  /** Per id: the last score that was held against each threshold, as far as it went. */
  scores: number[][]
  /** Per id: of all rows of its pass, the values of a register behind the last visit. */
  registers: ((name: string) => Float32Array)[]
  kvRows: number[]
  /** Of them, those that tokens left in this very cache. */
  kvWritten: number[]
  plan: Plan
}

/** Answers greedily to an input. @param input its index */
export async function answer(
  subject: Pick<Subject, 'plan' | 'sequence'>,
  prompt: readonly number[],
  count: number,
  reading: Reading = {},
  input = 0,
): Promise<Answered> {
  const { plan } = subject
  const sequence = subject.sequence()
  const thresholds = thresholdsFor(plan, reading)
  const own: PassOptions = reading.options?.(input) ?? {}
  const answered: Answered = {
    ids: [],
    logits: new Float32Array(count * plan.vocabSize),
    depths: [],
    visits: [],
    scores: [],
    registers: [],
    kvRows: [],
    kvWritten: [],
    plan,
  }
  for (let next = prompt; answered.ids.length < count; next = [answered.ids.at(-1)!]) {
    const ran: number[] = []
    const last = next.length - 1
    const observer: Observer = (visit, rows) => {
      if (rows.includes(last)) ran.push(visit)
    }
    const continues = answered.ids.length > 0
    const result = await sequence.append(next, thresholds, 'last', { ...own, continues, observer })
    const { logits, depths, scores, registers } = result
    answered.registers.push((name) => registers.all(name))
    answered.scores.push(scores.flatMap((each) => each.slice(-1)))
    answered.logits.set(logits!, answered.ids.length * plan.vocabSize)
    answered.ids.push(argmax(logits!))
    answered.depths.push(depths.at(-1)!)
    answered.visits.push(ran)
  }
  answered.kvRows = sequence.kv.rows
  answered.kvWritten = sequence.kv.written
  sequence.release()
  return answered
}

function thresholdsFor(plan: Plan, reading: Reading): number[] {
  return reading.thresholds?.(plan) ?? trainedThresholds(plan.policy) ?? []
}

/** Values by name and token. */
class Sheet {
  readonly values = new Map<string, Float32Array>()
  private readonly tokens: number

  constructor(tokens: number) {
    this.tokens = tokens
  }

  /** @param from [places, …] @param otherwise where nothing is put */
  put(name: string, places: ArrayLike<number>, from: Float32Array, otherwise = NaN): void {
    const width = from.length / places.length
    const known = this.values.get(name)
    // visits may give values of other widths by the same name; the last ones stand
    const all = known?.length === this.tokens * width ? known : new Float32Array(this.tokens * width).fill(otherwise)
    for (let i = 0; i < places.length; i++) all.set(from.subarray(i * width, (i + 1) * width), places[i]! * width)
    this.values.set(name, all)
  }
}

/** Per visit: the graph's taps and the names of what they give, layers numbered through. */
function tapsOf(plan: Plan): (readonly [tap: string, name: string])[][] {
  let layers = 0
  return plan.visits.map((visit, index) => {
    const taps = plan.forms.host[visit.graph]!.outputs.filter(isTap)
    const nameOf = (tap: string): string => {
      if (tap.startsWith(tapPort('layer.'))) return `layer.${layers++}`
      return tap === tapPort('state') ? `state.${index}` : tap.slice(tapPort('').length)
    }
    return taps.map((tap) => [tap, nameOf(tap)] as const)
  })
}
