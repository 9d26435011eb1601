import type { Condition, Plan, Visit } from '../../models/plan/plan.ts'
import type { LoadedGraphs } from './graphs.ts'
import { Inputs } from './inputs.ts'
import type { KvCache } from './kv-cache.ts'
import type { Initial } from './registers.ts'
import { Registers } from './registers.ts'

/** The rows of one forward pass: S tokens at rising absolute positions. */
export interface Rows {
  ids: readonly number[]
  positions: Int32Array
}

/** Which rows' logits are wanted. */
export type Wanted = 'none' | 'last' | 'all'

/** How a pass differs from what a plan says; for comparison with references, and prompts of prefix models. */
export interface PassOptions {
  probe?: Probe
  choose?: Choice
  initial?: Initial
  /** Positions below it see each other both ways, where they are in one pass. */
  prefix?: number
}

/** Sees every visit's outcome: the rows that ran, by name what the graph gave out, and all values behind it. */
export type Probe = (
  visit: number,
  rows: Int32Array,
  output: (name: string) => Float32Array | null,
  registers: Registers,
) => void

/**
 * Says who of the candidates is admitted where a condition has a threshold, in place of the threshold.
 * @param value of a register at a row, by column
 * @returns the admitted candidates, or null to let the threshold decide
 */
export type Choice = (
  threshold: number,
  candidates: Int32Array,
  value: (register: string, row: number, column: number) => number,
) => Int32Array | null

export interface ForwardResult {
  /** [N, V] for the wanted rows, or null. */
  logits: Float32Array | null
  /** Per row: recursions run. */
  depths: Uint8Array
  /** Compute of the visits that a budget decides about, over all rows, in layers: run, and at full budget. */
  optional: { run: number; full: number }
  /** Per threshold: the scores that were held against it. */
  scores: number[][]
  /** Values behind the last visit. */
  registers: Registers
}

/**
 * Runs the plan's visits for some rows. Only admitted rows are computed; the rule is causal (a row's own score against
 * a threshold), so rows may come all at once or one by one.
 * @param thresholds per threshold of the plan: score ≥ threshold is admitted
 */
export async function forward(
  plan: Plan,
  graphs: LoadedGraphs,
  caches: Readonly<Record<string, KvCache>>,
  rows: Rows,
  thresholds: readonly number[],
  wanted: Wanted,
  options: PassOptions = {},
): Promise<ForwardResult> {
  const pass = new Pass(plan, graphs, caches, rows, wanted, thresholds, options)
  for (const [index, visit] of plan.visits.entries()) {
    const admitted = pass.admit(visit, index >= plan.tail)
    if (admitted.length > 0) await pass.run(index, visit, admitted)
  }
  return {
    logits: pass.logits,
    depths: pass.depths,
    optional: pass.optional,
    scores: pass.scores,
    registers: pass.registers,
  }
}

/** The state of one forward pass between visits. */
class Pass {
  logits: Float32Array | null = null
  readonly depths: Uint8Array
  readonly optional = { run: 0, full: 0 }
  readonly scores: number[][]
  readonly registers: Registers
  private readonly plan: Plan
  private readonly graphs: LoadedGraphs
  private readonly caches: Readonly<Record<string, KvCache>>
  private readonly rows: Rows
  private readonly wanted: Wanted
  private readonly thresholds: readonly number[]
  private readonly options: PassOptions
  private readonly inputs: Inputs
  private readonly everyone: Int32Array
  /** 1: refused for good, on the way to the tail. */
  private readonly gone: Uint8Array

  constructor(
    plan: Plan,
    graphs: LoadedGraphs,
    caches: Readonly<Record<string, KvCache>>,
    rows: Rows,
    wanted: Wanted,
    thresholds: readonly number[],
    options: PassOptions,
  ) {
    this.plan = plan
    this.graphs = graphs
    this.caches = caches
    this.rows = rows
    this.wanted = wanted
    this.thresholds = thresholds
    this.options = options
    this.scores = thresholds.map(() => [])
    const count = rows.ids.length
    this.registers = new Registers(plan, rows.positions, options.initial)
    this.inputs = new Inputs(plan, rows, caches, this.registers, wanted, options.prefix ?? 0)
    this.everyone = Int32Array.from({ length: count }, (_, i) => i)
    this.gone = new Uint8Array(count)
    this.depths = new Uint8Array(count)
  }

  admit(visit: Visit, tail: boolean): Int32Array {
    const candidates = tail ? this.everyone : this.everyone.filter((row) => !this.gone[row])
    if (visit.admission.length === 0) return candidates
    const admitted = this.clearing(visit.admission, candidates)
    if (visit.refusal === 'tail') this.refuse(candidates, admitted)
    if (visit.admission.some(({ least }) => typeof least === 'object')) {
      this.optional.full += visit.cost * this.everyone.length
      this.optional.run += visit.cost * admitted.length
    }
    return admitted
  }

  async run(index: number, visit: Visit, admitted: Int32Array): Promise<void> {
    const { outputs } = this.plan.graphs[visit.graph]!
    const writes = visit.cache?.writes === 'own'
    const positions = this.positionsOf(admitted)
    if (visit.cache) this.makeReady(visit.cache, positions)
    const fetched = outputs.filter((name) => name !== 'rows' || writes)
    const feeds = this.inputs.of(visit, admitted, positions, (name) => this.graphs.constant(name))
    const result = await this.graphs.run(visit.graph, feeds, fetched)
    const floats = (name: string): Float32Array | null => (result[name] ? (result[name].data as Float32Array) : null)
    const rows = floats('rows')
    if (rows && visit.cache && writes) {
      const { slots } = visit.cache
      const stride = rows.length / admitted.length
      slots.forEach((slot, layer) => {
        this.caches[slot]!.append(rows, (layer * stride) / slots.length, stride, positions)
      })
    }
    const taking = this.takers(visit, admitted)
    for (const [output, register] of Object.entries(visit.keeps)) {
      this.registers.scatter(register, admitted, floats(output)!, taking)
    }
    if (visit.recursion) {
      if (taking) for (const i of taking) this.depths[admitted[i]!]!++
      else for (const row of admitted) this.depths[row]!++
    }
    if (this.wanted !== 'none') this.logits = floats('logits') ?? this.logits
    this.options.probe?.(index, admitted, floats, this.registers)
  }

  /** Of those that ran, who takes the outcome, by index; undefined: all. The others are refused. */
  private takers(visit: Visit, admitted: Int32Array): Int32Array | undefined {
    if (visit.updates.length === 0) return undefined
    const taking = this.clearing(visit.updates, admitted)
    if (visit.refusal === 'tail') this.refuse(admitted, taking)
    const chosen = new Set(taking)
    return Int32Array.from([...admitted.keys()].filter((i) => chosen.has(admitted[i]!)))
  }

  private clearing(conditions: readonly Condition[], candidates: Int32Array): Int32Array {
    return conditions.reduce((left, condition) => this.holding(condition, left), candidates)
  }

  private holding({ register, column, least }: Condition, candidates: Int32Array): Int32Array {
    const value = (name: string, row: number, at: number): number =>
      this.registers.all(name)[row * this.registers.width(name) + at]!
    if (typeof least === 'number') return candidates.filter((row) => value(register, row, column) >= least)
    const chosen = this.options.choose?.(least.threshold, candidates, value)
    if (chosen) return chosen
    const limit = this.thresholds[least.threshold]!
    return candidates.filter((row) => {
      const score = value(register, row, column)
      this.scores[least.threshold]!.push(score)
      return score >= limit
    })
  }

  private refuse(candidates: Int32Array, admitted: Int32Array): void {
    for (const row of candidates) this.gone[row] = 1
    for (const row of admitted) this.gone[row] = 0
  }

  /** Brings the caches of a visit to what its rows are to see of other tokens. */
  private makeReady(cache: NonNullable<Visit['cache']>, positions: Int32Array): void {
    cache.slots.forEach((name, layer) => {
      const slot = this.caches[name]!
      if (cache.writes !== 'others') slot.drop(positions)
      if (cache.missing) slot.fill(this.caches[cache.missing[layer]!]!, positions)
    })
  }

  private positionsOf(admitted: Int32Array): Int32Array {
    return admitted.length === this.everyone.length
      ? this.rows.positions
      : admitted.map((row) => this.rows.positions[row]!)
  }
}
