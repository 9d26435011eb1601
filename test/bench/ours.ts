import path from 'node:path'
import { thresholdsOf } from '../../models/runtime/budget/thresholds.ts'
import { PREFILL_CHUNK } from '../../models/runtime/memory/host-kv.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { argmax } from '../../models/runtime/sampling/sampler.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { Sequence } from '../../models/runtime/sequence.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { tokenAt } from './llama/protocol.ts'
import { benchFolder } from './models/files.ts'
import { morOf } from './models/mor.ts'
import type { Shape } from './models/shapes.ts'

export const BUDGETS = [0, 25, 50, 75, 100] as const

/** Precisions of ours by what llama.cpp calls the same number of bits. */
export const PRECISIONS = { int4: 'Q4_0', int8: 'Q8_0' } as const
export type Quantised = keyof typeof PRECISIONS

/** A MoR of random weights and known shares (models/mor.ts), prepared. */
export function preparedMor(shape: Shape, precision: Quantised): Promise<PreparedModel> {
  return prepare(morOf(shape), path.join(benchFolder(), 'prepared'), precision, undefined, { chat: false })
}

/** A folder with a real model, prepared; its tokenizer is not needed. */
export function preparedReal(folder: string, precision: Quantised): Promise<PreparedModel> {
  return prepare(folder, path.join(benchFolder(), 'prepared'), precision, undefined, { chat: false })
}

/** What a decode took. */
export interface Decoded {
  /** Milliseconds a token. */
  ms: number
  /** Recursions a token, on average. */
  depth: number
}

/** The runtime with one model, measured where answers are made: sequences of tokens, each followed by its greedy choice. */
export class Ours {
  readonly model: PreparedModel
  readonly graphs: LoadedGraphs
  /** By length: a sequence that others go on from. */
  private readonly contexts = new Map<number, Sequence>()

  private constructor(model: PreparedModel, graphs: LoadedGraphs) {
    this.model = model
    this.graphs = graphs
  }

  static async load(model: PreparedModel, threads: number, spinning = false): Promise<Ours> {
    return new Ours(model, await LoadedGraphs.load(model, { provider: 'cpu', threads, spinning }))
  }

  /** A writer at a budget (percent) behind so many tokens. It reads them once, shallowly: what is in a cache takes no time. */
  async decoder(budget: number, context: number): Promise<(tokens: number) => Promise<Decoded>> {
    const sequence = (await this.context(context)).fork(context)
    const thresholds = thresholdsOf(this.model.plan.policy, budget / 100)
    return async (tokens) => {
      let depth = 0
      const start = performance.now()
      for (let i = 0; i < tokens; i++) {
        const { logits, depths } = await sequence.append([this.token(context + i)], thresholds, 'last')
        argmax(logits!)
        depth += depths[0]!
      }
      const ms = (performance.now() - start) / tokens
      sequence.rewind(context)
      return { ms, depth: depth / tokens }
    }
  }

  /** Milliseconds to read so many tokens, in runs of `chunk`, up to the logits of the last. */
  async prefill(budget: number, count: number, chunk: number): Promise<number> {
    const sequence = sequenceOn(this.model.plan, this.graphs)
    const thresholds = thresholdsOf(this.model.plan.policy, budget / 100)
    const start = performance.now()
    await this.read(sequence, count, chunk, thresholds)
    return performance.now() - start
  }

  /** A sequence that has read and written so many tokens. */
  async sequence(budget: number, read: number, written: number): Promise<Sequence> {
    const sequence = sequenceOn(this.model.plan, this.graphs)
    const thresholds = thresholdsOf(this.model.plan.policy, budget / 100)
    await this.read(sequence, read, PREFILL_CHUNK, thresholds)
    for (let i = 0; i < written; i++) await sequence.append([this.token(read + i)], thresholds, 'last')
    return sequence
  }

  async release(): Promise<void> {
    this.contexts.clear()
    await this.graphs.release()
  }

  private async context(length: number): Promise<Sequence> {
    let sequence = this.contexts.get(length)
    if (!sequence) {
      sequence = sequenceOn(this.model.plan, this.graphs)
      await this.read(sequence, length, PREFILL_CHUNK, thresholdsOf(this.model.plan.policy, 0))
      this.contexts.set(length, sequence)
    }
    return sequence
  }

  private async read(sequence: Sequence, count: number, chunk: number, thresholds: readonly number[]): Promise<void> {
    for (let from = 0; from < count; from += chunk) {
      const to = Math.min(from + chunk, count)
      const ids = Array.from({ length: to - from }, (_, i) => this.token(from + i))
      await sequence.append(ids, thresholds, to === count ? 'last' : 'none')
    }
  }

  private token(i: number): number {
    return tokenAt(i, this.model.plan.vocabSize)
  }
}
