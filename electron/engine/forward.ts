import { Tensor } from 'onnxruntime-node'
import type { Plan, Visit } from '../../models/plan/plan.ts'
import type { LoadedGraphs } from './graphs.ts'
import type { KvCache } from './kv-cache.ts'
import { attentionMask } from './mask.ts'

/** The rows of one forward pass: S tokens at rising absolute positions. */
export interface Rows {
  ids: readonly number[]
  positions: Int32Array
}

/** Which rows' logits are wanted. */
export type Wanted = 'none' | 'last' | 'all'

export interface ForwardResult {
  /** [N, V] for the wanted rows, or null. */
  logits: Float32Array | null
  /** Per row: recursions run. */
  depths: Uint8Array
  /** Compute of the visits that not everyone is admitted to, over all rows, in layers: run, and at full budget. */
  optional: { run: number; full: number }
}

/** Sees every visit's outcome: the rows that ran and, by name, what the graph gave out. For comparison with references. */
export type Probe = (visit: number, rows: Int32Array, output: (name: string) => Float32Array | null) => void

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
  probe?: Probe,
): Promise<ForwardResult> {
  const pass = new Pass(plan, graphs, caches, rows, wanted)
  for (const [index, visit] of plan.visits.entries()) {
    const admitted = pass.admit(visit, thresholds, index >= plan.tail)
    if (admitted.length > 0) await pass.run(index, visit, admitted, probe)
  }
  return { logits: pass.logits, depths: pass.depths, optional: pass.optional }
}

/** The state of one forward pass between visits. */
class Pass {
  logits: Float32Array | null = null
  readonly depths: Uint8Array
  readonly optional = { run: 0, full: 0 }
  private readonly plan: Plan
  private readonly graphs: LoadedGraphs
  private readonly caches: Readonly<Record<string, KvCache>>
  private readonly rows: Rows
  private readonly wanted: Wanted
  private readonly everyone: Int32Array
  /** 1: refused for good, on the way to the tail. */
  private readonly gone: Uint8Array
  private readonly scores: Float32Array
  /** [S, D], from the first visit on. */
  private state: Float32Array | null = null

  constructor(plan: Plan, graphs: LoadedGraphs, caches: Readonly<Record<string, KvCache>>, rows: Rows, wanted: Wanted) {
    this.plan = plan
    this.graphs = graphs
    this.caches = caches
    this.rows = rows
    this.wanted = wanted
    const count = rows.ids.length
    this.everyone = Int32Array.from({ length: count }, (_, i) => i)
    this.gone = new Uint8Array(count)
    this.scores = new Float32Array(count)
    this.depths = new Uint8Array(count)
  }

  admit(visit: Visit, thresholds: readonly number[], tail: boolean): Int32Array {
    if (tail) return this.everyone
    const { admission } = visit
    if (admission.kind === 'everyone') return this.everyone.filter((row) => !this.gone[row])
    const threshold = thresholds[admission.threshold]!
    this.optional.full += visit.cost * this.everyone.length
    const admitted = this.everyone.filter((row) => {
      if (this.gone[row]) return false
      if (this.scores[row]! >= threshold) return true
      if (visit.refusal === 'tail') this.gone[row] = 1
      return false
    })
    this.optional.run += visit.cost * admitted.length
    return admitted
  }

  async run(index: number, visit: Visit, admitted: Int32Array, probe: Probe | undefined): Promise<void> {
    const { outputs } = this.plan.graphs[visit.graph]!
    const writes = visit.cache?.writes ?? false
    const fetched = outputs.filter((name) => name !== 'rows' || writes)
    const result = await this.graphs.run(visit.graph, this.feeds(visit, admitted), fetched)
    const floats = (name: string): Float32Array | null => (result[name] ? (result[name].data as Float32Array) : null)
    const rows = floats('rows')
    if (rows && visit.cache) this.caches[visit.cache.name]!.append(rows, this.positionsOf(admitted))
    const next = floats('next_state')
    if (next) this.scatter(admitted, next)
    const scores = floats('score')
    if (scores) admitted.forEach((row, i) => (this.scores[row] = scores[i]!))
    if (visit.recursion) for (const row of admitted) this.depths[row]!++
    if (this.wanted !== 'none') this.logits = floats('logits') ?? this.logits
    probe?.(index, admitted, floats)
  }

  private feeds(visit: Visit, admitted: Int32Array): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {}
    const cache = visit.cache ? this.caches[visit.cache.name]! : null
    const writes = visit.cache?.writes ?? false
    const positions = this.positionsOf(admitted)
    // attention kernels refuse an empty cache, so there is always one row, hidden by the mask while nothing is in it
    const cached = Math.max(1, cache?.length ?? 0)
    for (const name of this.plan.graphs[visit.graph]!.inputs) {
      feeds[name] = this.constantOf(visit, name) ?? this.input(name, { admitted, positions, cache, cached, writes })
    }
    return feeds
  }

  private constantOf(visit: Visit, input: string): Tensor | null {
    const constant = visit.constants[input]
    return constant === undefined ? null : this.graphs.constant(constant)
  }

  private input(name: string, run: RunContext): Tensor {
    const { admitted, positions, cache, cached, writes } = run
    const count = admitted.length
    switch (name) {
      case 'ids':
        return int64(
          Array.from(admitted, (row) => this.rows.ids[row]!),
          [count],
        )
      case 'state':
        return new Tensor('float32', this.gather(admitted), [count, this.plan.hiddenSize])
      case 'positions':
        return int64(positions, [1, count])
      case 'mask': {
        const { values, width } = attentionMask(cache!, cached, positions, writes)
        return new Tensor('float32', values, [count, width])
      }
      case 'split':
        return int64([cached, count], [2])
      case 'writes':
        return new Tensor('bool', [writes], [])
      case 'output_rows':
        return this.wanted === 'all' ? int64(admitted, [count]) : int64([count - 1], [1])
      default:
        return layerInput(name, cache!, cached)
    }
  }

  private positionsOf(admitted: Int32Array): Int32Array {
    return admitted.length === this.everyone.length
      ? this.rows.positions
      : admitted.map((row) => this.rows.positions[row]!)
  }

  private gather(admitted: Int32Array): Float32Array {
    const state = this.state!
    if (admitted.length === this.everyone.length) return state
    const size = this.plan.hiddenSize
    const out = new Float32Array(admitted.length * size)
    admitted.forEach((row, i) => {
      out.set(state.subarray(row * size, (row + 1) * size), i * size)
    })
    return out
  }

  private scatter(admitted: Int32Array, next: Float32Array): void {
    if (admitted.length === this.everyone.length) {
      this.state = next
      return
    }
    const state = this.state!
    const size = this.plan.hiddenSize
    admitted.forEach((row, i) => {
      state.set(next.subarray(i * size, (i + 1) * size), row * size)
    })
  }
}

interface RunContext {
  admitted: Int32Array
  positions: Int32Array
  cache: KvCache | null
  cached: number
  writes: boolean
}

function layerInput(name: string, cache: KvCache, cached: number): Tensor {
  const [kind, layer] = name.split('.')
  const view = cache.view(Number(layer), cached)
  return new Tensor('float32', kind === 'key' ? view.key : view.value, [
    cached,
    cache.shape.kvHeads,
    cache.shape.headDim,
  ])
}

function int64(values: ArrayLike<number>, dims: number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims)
}
