import { DepthwiseError } from '../../common/errors.ts'
import type { PreparedModel } from '../../prepare/prepare.ts'
import { sequenceOn } from '../backend.ts'
import { admitAll } from '../budget/thresholds.ts'
import type { LoadedGraphs } from '../graphs.ts'
import type { Sequence } from '../sequence.ts'
import { SLOW_MS } from './threads.ts'

/** Tokens of a turn, and milliseconds behind which no further one is read. */
const [TOKENS, TURN_MS] = [8, 50]
/** Tokens of a prompt that prefill is timed over. */
const PROMPT = 64

/** Milliseconds a token, written one by one and read as a prompt. */
export interface Speed {
  decode: number
  prefill: number
}

/** Decodes and reads a little at full depth, to see how long a token takes. */
export class SpeedTrial {
  readonly graphs: LoadedGraphs
  private readonly sequence: Sequence
  private readonly thresholds: readonly number[]
  private readonly prompt: readonly number[]

  constructor({ plan }: PreparedModel, graphs: LoadedGraphs) {
    this.graphs = graphs
    this.sequence = sequenceOn(plan, graphs)
    this.thresholds = admitAll(plan.policy)
    this.prompt = Array.from({ length: Math.min(PROMPT, plan.contextLength) }, (_, i) => i % plan.vocabSize)
  }

  /** Milliseconds a token in decode, behind one that warms up unless that was slow; Infinity where it cannot compute. */
  time(): Promise<number> {
    return orInfinity(() => this.decode())
  }

  /** What a person feels, behind `warmUpMs` of work in which a processor's clocks may rise. @param hopeless milliseconds a token from which on nothing more is tried */
  async speed(warmUpMs: number, hopeless = Infinity): Promise<Speed> {
    const decode = await orInfinity(async () => {
      await this.decode()
      let best = await this.decode()
      for (const end = performance.now() + warmUpMs; performance.now() < end && best < hopeless;) {
        best = Math.min(best, await this.decode())
      }
      return best
    })
    if (decode >= hopeless) return { decode, prefill: Infinity }
    return { decode, prefill: await orInfinity(() => this.prefill()) }
  }

  release(): void {
    this.sequence.release()
  }

  private async decode(): Promise<number> {
    this.sequence.rewind(0)
    const begun = performance.now()
    await this.read([0])
    const start = performance.now()
    if (start - begun > SLOW_MS) return start - begun
    for (let tokens = 1; ; tokens++) {
      await this.read([0])
      const ms = performance.now() - start
      if (tokens === TOKENS || ms > TURN_MS) return ms / tokens
    }
  }

  private async prefill(): Promise<number> {
    let best = Infinity
    for (let turn = 0; turn < 2; turn++) {
      this.sequence.rewind(0)
      const start = performance.now()
      await this.read(this.prompt)
      best = Math.min(best, (performance.now() - start) / this.prompt.length)
    }
    return best
  }

  private async read(ids: readonly number[]): Promise<void> {
    await this.sequence.append(ids, this.thresholds, 'last')
  }
}

async function orInfinity(measure: () => Promise<number>): Promise<number> {
  try {
    return await measure()
  } catch (error) {
    if (error instanceof DepthwiseError) return Infinity
    throw error
  }
}
