import type { PreparedModel } from '../../prepare/prepare.ts'
import { DepthwiseError } from '../../common/errors.ts'
import { admitAll } from '../budget/thresholds.ts'
import type { LoadedGraphs } from '../graphs.ts'
import { sequenceOn } from '../backend.ts'
import type { Sequence } from '../sequence.ts'

/** Tokens of a turn, and milliseconds behind which no further one is read. */
const [TOKENS, TURN_MS] = [8, 50]

/** Decodes a little at full depth, to see how long a token takes. */
export class Trial {
  readonly graphs: LoadedGraphs
  private readonly sequence: Sequence
  private readonly everyone: readonly number[]

  constructor({ plan }: PreparedModel, graphs: LoadedGraphs) {
    this.graphs = graphs
    this.sequence = sequenceOn(plan, graphs)
    this.everyone = admitAll(plan.policy)
  }

  /** Milliseconds a token, behind one that warms up; Infinity where it cannot compute. */
  async time(): Promise<number> {
    this.sequence.rewind(0)
    try {
      await this.read()
      const start = performance.now()
      for (let tokens = 1; ; tokens++) {
        await this.read()
        const ms = performance.now() - start
        if (tokens === TOKENS || ms > TURN_MS) return ms / tokens
      }
    } catch (error) {
      if (error instanceof DepthwiseError) return Infinity
      throw error
    }
  }

  private async read(): Promise<void> {
    await this.sequence.append([0], this.everyone, 'last')
  }
}
