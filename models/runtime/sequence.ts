import { DepthwiseError } from '../common/errors.ts'
import { areFinite } from '../formats/floats.ts'
import type { Plan } from '../plan/plan.ts'
import type { SequenceKv } from './memory/sequence-kv.ts'
import type { ForwardResult, PassOptions, Wanted } from './passes/forward.ts'
import type { Runner } from './passes/pass.ts'
import { Pass } from './passes/pass.ts'
import { joined, piecesOf } from './passes/pieces.ts'
import type { Registers } from './passes/registers.ts'

/** Where sequences keep their K/V, and what runs their passes. */
export interface Backend extends Runner {
  kv(): SequenceKv
  release(): Promise<void>
}

/** Without it the sampler would choose a token all the same, and an answer would say anything. */
class NotFinite extends DepthwiseError {
  constructor() {
    super(
      'COMPUTE_FAILED',
      'The model computed values that are not finite numbers, so no word can be chosen. Choose the CPU or more exact weights in the settings; if that does not help, the model is damaged.',
      { detail: 'logits' },
    )
  }
}

/** A row of tokens that a model has read, with its KV caches. */
export class Sequence {
  readonly kv: SequenceKv
  readonly plan: Plan
  private readonly backend: Backend
  private readonly read: number[] = []
  /** Per register that carries: what the last token ended with. */
  private carried = new Map<string, Float32Array>()

  constructor(plan: Plan, backend: Backend, kv: SequenceKv = backend.kv()) {
    this.plan = plan
    this.backend = backend
    this.kv = kv
  }

  /** Tokens read. */
  get length(): number {
    return this.read.length
  }

  /** The tokens themselves. */
  get ids(): readonly number[] {
    return this.read
  }

  /**
   * Reads further tokens.
   * @param thresholds per threshold of the plan
   * @throws DepthwiseError BAD_ARGUMENT beyond the context or the vocabulary; COMPUTE_FAILED, the sequence is then as before, or
   * empty where logits were no numbers: keys and values may then be none either
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
      for (const [piece, of] of piecesOf(ids, wanted, this.kv.mostRows(thresholds))) {
        results.push(await this.pass(piece, thresholds, of, options))
      }
      return joined(results)
    } catch (error) {
      this.rewind(error instanceof NotFinite ? 0 : before)
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
    const pass = new Pass(this.plan, this.kv, { ids, positions }, thresholds, wanted, own)
    await this.backend.run(pass)
    const result = pass.outcome()
    if (result.logits && !areFinite(result.logits)) throw new NotFinite()
    for (const id of ids) this.read.push(id)
    this.carry(result.registers)
    return result
  }

  /** Forgets every token from the one at `length` on. */
  rewind(length: number): void {
    if (length < this.length) this.carried.clear()
    this.kv.rewind(length)
    this.read.length = Math.min(this.length, length)
  }

  /** A sequence of its own that has read the first `length` tokens of this one. */
  fork(length: number): Sequence {
    const copy = new Sequence(this.plan, this.backend, this.kv.copy())
    for (const id of this.read) copy.read.push(id)
    copy.rewind(length)
    return copy
  }

  /** Frees what it holds on a device; it is used no more. */
  release(): void {
    this.kv.release()
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
