import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ModelTokenizer } from '../formats/tokenizer.ts'
import type { Plan } from '../plan/plan.ts'
import { prepare } from '../prepare/prepare.ts'
import type { ProviderChoice } from '../common/values.ts'
import type { LoadedGraphs } from '../runtime/graphs.ts'
import { chooseProvider } from '../runtime/tuning/providers.ts'
import { sequenceOn } from '../runtime/backend.ts'
import type { Sequence } from '../runtime/sequence.ts'

export interface RuntimeRequest {
  cacheFolder: string
  provider: ProviderChoice
}

/** What recordings are compared with. */
export type Replaying = Pick<Runtime, 'plan' | 'tokenizer' | 'sequence'>

/** A model in float32 that is compared with its recording; small recordings have no tokenizer. */
export class Runtime {
  readonly plan: Plan
  readonly tokenizer: ModelTokenizer | null
  private readonly graphs: LoadedGraphs

  private constructor(plan: Plan, graphs: LoadedGraphs, tokenizer: ModelTokenizer | null) {
    this.plan = plan
    this.graphs = graphs
    this.tokenizer = tokenizer
  }

  /** @throws DepthwiseError MODEL_*, PROVIDER_UNAVAILABLE */
  static async load(folder: string, { cacheFolder, provider }: RuntimeRequest): Promise<Runtime> {
    const model = await prepare(folder, cacheFolder, 'fp32', undefined, { chat: false })
    const hasTokenizer = existsSync(join(folder, 'tokenizer.json'))
    const tokenizer = hasTokenizer ? new ModelTokenizer(folder, model.plan.vocabSize) : null
    const { graphs } = await chooseProvider(model, provider)
    return new Runtime(model.plan, graphs, tokenizer)
  }

  sequence(): Sequence {
    return sequenceOn(this.plan, this.graphs)
  }

  release(): Promise<void> {
    return this.graphs.release()
  }
}
