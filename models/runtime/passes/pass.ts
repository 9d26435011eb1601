import { PORT } from '../../plan/ports.ts'
import type { Condition, Plan, Visit } from '../../plan/plan.ts'
import type { HeadRows, KvCache } from '../memory/kv-cache.ts'
import type { SequenceKv } from '../memory/sequence-kv.ts'
import type { AdmissionRule } from './admission.ts'
import { byOwnScore } from './admission.ts'
import type { ForwardResult, Observer, Outputs, PassOptions, Rows, Wanted } from './forward.ts'
import { Registers } from './registers.ts'

/** A visit that some rows of a pass are to make. */
export interface PendingVisit {
  pass: Pass
  /** Index in the plan. */
  index: number
  visit: Visit
  /** The admitted rows of the pass, rising, and their absolute positions. */
  rows: Int32Array
  positions: Int32Array
  /** Per layer: the cache that the rows read. */
  sources: readonly KvCache[]
}

/**
 * A forward pass under way: S rows of one sequence, moved from visit to visit by what runs the graphs. Only admitted
 * rows are computed.
 */
export class Pass {
  readonly plan: Plan
  readonly rows: Rows
  readonly kv: SequenceKv
  readonly wanted: Wanted
  readonly prefix: number
  readonly registers: Registers
  private readonly result: ForwardResult
  private readonly thresholds: readonly number[]
  private readonly rule: AdmissionRule
  private readonly observer: Observer | undefined
  private readonly allRows: Int32Array
  /** 1: refused for good, on the way to the tail. */
  private readonly gone: Uint8Array
  private next = 0
  private pending: PendingVisit | null = null

  /** @param thresholds per threshold of the plan: score ≥ threshold is admitted */
  constructor(
    plan: Plan,
    kv: SequenceKv,
    rows: Rows,
    thresholds: readonly number[],
    wanted: Wanted,
    { prefix = 0, rule = byOwnScore, observer, initial }: PassOptions = {},
  ) {
    this.plan = plan
    this.kv = kv
    this.rows = rows
    this.wanted = wanted
    this.prefix = prefix
    this.thresholds = thresholds
    this.rule = rule
    this.observer = observer
    const count = rows.ids.length
    this.registers = new Registers(plan, rows.positions, initial)
    this.allRows = Int32Array.from({ length: count }, (_, i) => i)
    this.gone = new Uint8Array(count)
    this.result = {
      logits: null,
      depths: new Uint8Array(count),
      optional: { run: 0, full: 0 },
      scores: thresholds.map(() => []),
      gate: null,
      registers: this.registers,
    }
  }

  /** What is to be run next, the same until it is taken; null once the pass is over. */
  pendingVisit(): PendingVisit | null {
    while (!this.pending && this.next < this.plan.visits.length) {
      const index = this.next++
      const visit = this.plan.visits[index]!
      const rows = this.admit(visit, index >= this.plan.tail)
      if (rows.length === 0) continue
      const positions = this.positionsOf(rows)
      const sources = visit.cache ? this.kv.sources(visit.cache, positions, this.rows.positions[0]!) : []
      this.pending = { pass: this, index, visit, rows, positions, sources }
    }
    return this.pending
  }

  /** Whether an observer is to see what every visit gives out. */
  get watched(): boolean {
    return this.observer !== undefined
  }

  /** Whether a later visit holds this register's values against a bound that they may or may not reach. */
  decides(register: string, behind: number): boolean {
    const open = ({ register: of, atLeast }: Condition): boolean =>
      of === register &&
      (typeof atLeast === 'number' || this.rule !== byOwnScore || Number.isFinite(this.thresholds[atLeast.threshold]))
    return this.plan.visits.some(
      ({ admission, updates }, index) =>
        (index > behind && admission.some(open)) || (index >= behind && updates.some(open)),
    )
  }

  /** Takes what the graph of the request gave out, new K/V too; what stayed on a device is not among it. */
  take(outputs: Outputs, newRows?: HeadRows): void {
    const { visit, rows, positions, index } = this.pending!
    this.pending = null
    if (visit.cache?.mode === 'append' && newRows) this.kv.append(visit.cache.slots, newRows, positions)
    const taking = this.takers(visit, rows)
    for (const [output, register] of Object.entries(visit.outputs)) {
      const values = outputs(output)
      if (values) this.registers.scatter(register, rows, values, taking)
      else this.registers.leave(register)
    }
    if (visit.recursion) {
      if (taking) for (const i of taking) this.result.depths[rows[i]!]!++
      else for (const row of rows) this.result.depths[row]!++
    }
    if (this.wanted !== 'none') this.result.logits = outputs(PORT.logits) ?? this.result.logits
    this.observer?.(index, rows, outputs, this.registers)
  }

  /** Of a pass that is over. */
  outcome(): ForwardResult {
    return this.result
  }

  private admit(visit: Visit, tail: boolean): Int32Array {
    const candidates = tail ? this.allRows : this.allRows.filter((row) => !this.gone[row])
    if (visit.admission.length === 0) return candidates
    const admitted = this.clearing(visit.admission, candidates)
    if (visit.refusal === 'tail') this.refuse(candidates, admitted)
    if (visit.admission.some(({ atLeast }) => typeof atLeast === 'object')) {
      this.result.optional.full += visit.cost * this.allRows.length
      this.result.optional.run += visit.cost * admitted.length
    }
    return admitted
  }

  /** Of those that ran, who takes the outcome, by index; undefined: all. The others are refused. */
  private takers(visit: Visit, rows: Int32Array): Int32Array | undefined {
    if (visit.updates.length === 0) return undefined
    const taking = this.clearing(visit.updates, rows)
    if (visit.refusal === 'tail') this.refuse(rows, taking)
    const chosen = new Set(taking)
    return Int32Array.from([...rows.keys()].filter((i) => chosen.has(rows[i]!)))
  }

  private clearing(conditions: readonly Condition[], candidates: Int32Array): Int32Array {
    return conditions.reduce((left, condition) => this.holding(condition, left), candidates)
  }

  private holding({ register, column, atLeast }: Condition, candidates: Int32Array): Int32Array {
    const { registers } = this
    const { threshold: index } = typeof atLeast === 'number' ? { threshold: -1 } : atLeast
    const least = typeof atLeast === 'number' ? atLeast : this.thresholds[index]!
    const isLast = index >= 0 && candidates.at(-1) === this.allRows.length - 1
    // no score would change it, and where it stayed on a device there is none here
    if (!Number.isFinite(least) && registers.isAway(register)) {
      if (isLast) this.result.gate = null
      return least < 0 ? candidates : new Int32Array(0)
    }
    const values = registers.all(register)
    const width = registers.width(register)
    const score = (row: number): number => values[row * width + column]!
    if (index < 0) return candidates.filter((row) => score(row) >= least)
    if (isLast) this.result.gate = { score: score(this.allRows.length - 1), least }
    const scores = this.result.scores[index]!
    return this.rule.admit(candidates, { index, least, score, registers, scores })
  }

  private refuse(candidates: Int32Array, admitted: Int32Array): void {
    for (const row of candidates) this.gone[row] = 1
    for (const row of admitted) this.gone[row] = 0
  }

  private positionsOf(rows: Int32Array): Int32Array {
    return rows.length === this.allRows.length ? this.rows.positions : rows.map((row) => this.rows.positions[row]!)
  }
}

/** What runs the passes of sequences: one at a time, or several together. */
export interface Runner {
  run(pass: Pass): Promise<void>
}
