import type { Plan } from '../../models/plan/plan.ts'
import { DepthwiseError } from '../contract/errors.ts'
import type { ForwardResult, PassOptions, Runner, Wanted } from './passes/forward.ts'
import { aloneOn } from './passes/forward.ts'
import { Pass } from './passes/pass.ts'
import type { LoadedGraphs } from './graphs.ts'
import { KvCache } from './memory/kv-cache.ts'
import type { Registers } from './passes/registers.ts'

/** A row of tokens that a model has read, with its KV caches. */
export class Sequence {
  private readonly plan: Plan
  private readonly graphs: LoadedGraphs
  private readonly runner: Runner
  private readonly caches: Record<string, KvCache>
  private readonly read: number[] = []
  /** Per register that carries: what the last token ended with. */
  private carried = new Map<string, Float32Array>()

  /** @param runner runs it together with others; by default it runs by itself */
  constructor(plan: Plan, graphs: LoadedGraphs, runner: Runner = aloneOn(graphs)) {
    this.plan = plan
    this.graphs = graphs
    this.runner = runner
    this.caches = Object.fromEntries(Object.entries(plan.caches).map(([name, shape]) => [name, new KvCache(shape)]))
  }

  /** Tokens read. */
  get length(): number {
    return this.read.length
  }

  /** The tokens themselves. */
  get ids(): readonly number[] {
    return this.read
  }

  /** Bytes of keys and values in use. */
  get kvBytes(): number {
    return Object.values(this.caches).reduce((sum, cache) => sum + cache.bytes, 0)
  }

  /** Rows in the cache of each layer, in the order of the plan. */
  get kvRows(): number[] {
    return Object.values(this.caches).map((cache) => cache.length)
  }

  /** Of them, those that tokens left in this very cache: others have theirs from where they left one. */
  get kvWritten(): number[] {
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
    const positions = Int32Array.from(ids, (_, i) => this.length + i)
    try {
      const own = { ...options, ...this.beginning(options) }
      const pass = new Pass(this.plan, this.caches, { ids, positions }, thresholds, wanted, own)
      await this.runner.run(pass)
      const result = pass.outcome()
      this.read.push(...ids)
      this.carry(result.registers)
      return result
    } catch (error) {
      this.rewind(this.length)
      throw error
    }
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
    copy.read.push(...this.read)
    copy.rewind(length)
    return copy
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
