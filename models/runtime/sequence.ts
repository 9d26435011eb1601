import type { Plan } from '../plan/plan.ts'
import { DepthwiseError } from '../common/errors.ts'
import { DeviceMemory } from './device/memory.ts'
import { joined, MOST_ROWS, piecesOf } from './device/pieces.ts'
import { aloneOn } from './passes/alone.ts'
import type { ForwardResult, PassOptions, Wanted } from './passes/forward.ts'
import type { Runner } from './passes/pass.ts'
import { Pass } from './passes/pass.ts'
import type { LoadedGraphs } from './graphs.ts'
import { KvCache } from './memory/kv-cache.ts'
import type { Registers } from './passes/registers.ts'

/** A row of tokens that a model has read, with its KV caches. */
export class Sequence {
  readonly plan: Plan
  private readonly graphs: LoadedGraphs
  private readonly runner: Runner
  private readonly caches: Record<string, KvCache>
  /** In place of the caches, where K/V stay on a device. */
  private device: DeviceMemory | null
  private readonly read: number[] = []
  /** Per register that carries: what the last token ended with. */
  private carried = new Map<string, Float32Array>()

  /** @param runner runs it together with others; by default it runs by itself */
  constructor(plan: Plan, graphs: LoadedGraphs, runner: Runner = aloneOn(graphs)) {
    this.plan = plan
    this.graphs = graphs
    this.runner = runner
    this.device = graphs.device ? new DeviceMemory(plan.caches) : null
    const shapes = Object.entries(this.device ? {} : plan.caches)
    this.caches = Object.fromEntries(shapes.map(([name, shape]) => [name, new KvCache(shape)]))
  }

  /** Tokens read. */
  get length(): number {
    return this.read.length
  }

  /** The tokens themselves. */
  get ids(): readonly number[] {
    return this.read
  }

  /** Tokens that it reads in one pass; more are taken apart. */
  get mostRows(): number {
    return this.device ? MOST_ROWS : Infinity
  }

  /** Bytes of keys and values in use; on a device, those reserved. */
  get kvBytes(): number {
    return this.device ? this.device.bytes : Object.values(this.caches).reduce((sum, cache) => sum + cache.bytes, 0)
  }

  /** Rows in the cache of each layer, in the order of the plan. */
  get kvRows(): number[] {
    if (this.device) return Object.keys(this.plan.caches).map(() => this.length)
    return Object.values(this.caches).map((cache) => cache.length)
  }

  /** Of them, those that tokens left in this very cache: others have theirs from where they left one. */
  get kvWritten(): number[] {
    if (this.device) return this.kvRows
    return Object.values(this.caches).map((cache) => cache.written)
  }

  /**
   * Reads further tokens.
   * @param thresholds per threshold of the plan
   * @throws DepthwiseError BAD_ARGUMENT beyond the context or the vocabulary; COMPUTE_FAILED, the sequence is then as before
   */
  async append(
    ids: readonly number[],
    thresholds: readonly number[],
    wanted: Wanted,
    options?: PassOptions,
  ): Promise<ForwardResult> {
    this.check(ids)
    const before = this.length
    const results: ForwardResult[] = []
    try {
      for (const [piece, of] of piecesOf(ids, wanted, this.mostRows)) {
        results.push(await this.pass(piece, thresholds, of, options))
      }
      return joined(results)
    } catch (error) {
      this.rewind(before)
      throw error
    }
  }

  private async pass(
    ids: readonly number[],
    thresholds: readonly number[],
    wanted: Wanted,
    options: PassOptions | undefined,
  ): Promise<ForwardResult> {
    const positions = Int32Array.from(ids, (_, i) => this.length + i)
    const own = { ...options, ...this.beginning(options) }
    const pass = new Pass(this.plan, this.caches, { ids, positions }, thresholds, wanted, own, this.device)
    await this.runner.run(pass)
    const result = pass.outcome()
    this.read.push(...ids)
    this.carry(result.registers)
    return result
  }

  /** Forgets every token from the one at `length` on. */
  rewind(length: number): void {
    if (length < this.length) this.carried.clear()
    for (const cache of Object.values(this.caches)) cache.rewind(length)
    this.read.length = Math.min(this.length, length)
  }

  /** A sequence of its own that has read the first `length` tokens of this one. */
  fork(length: number): Sequence {
    const copy = new Sequence(this.plan, this.graphs, this.runner)
    for (const [name, cache] of Object.entries(this.caches)) copy.caches[name] = cache.copy()
    if (this.device) copy.device = this.device.copy()
    copy.read.push(...this.read)
    copy.rewind(length)
    return copy
  }

  /** Frees what it holds on a device; it is used no more. */
  release(): void {
    this.device?.release()
  }

  /** What the rows begin with, where a plan carries values from one token of an answer to the next. */
  private beginning(options: PassOptions | undefined): Pick<PassOptions, 'initial'> {
    const { carried } = this
    if (!options?.continues || carried.size === 0) return {}
    return { initial: (name, position) => carried.get(name) ?? options.initial?.(name, position) ?? null }
  }

  private carry(registers: Registers): void {
    this.carried = new Map(
      Object.entries(this.plan.registers).flatMap(([name, { carries }]) => {
        if (carries === null) return []
        const width = registers.width(carries)
        return [[name, registers.all(carries).slice(-width)] as const]
      }),
    )
  }

  private check(ids: readonly number[]): void {
    if (ids.length === 0) throw new DepthwiseError('BAD_ARGUMENT', 'There are no tokens to read.')
    if (this.length + ids.length > this.plan.contextLength) {
      throw new DepthwiseError('BAD_ARGUMENT', `The context of ${this.plan.contextLength} tokens is full.`)
    }
    const outside = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= this.plan.vocabSize)
    if (outside !== undefined)
      throw new DepthwiseError('BAD_ARGUMENT', `The token id ${outside} is outside the vocabulary.`)
  }
}
