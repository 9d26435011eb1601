import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import type { Device, ModelInfo, Precision, ProviderChoice, Sampling, Turn } from '../contract/values.ts'
import { Generation } from './generation.ts'
import type { LoadedGraphs } from './graphs.ts'
import { chooseProvider } from './providers.ts'
import { Sequence } from './sequence.ts'

export interface LoadRequest {
  modelFolder: string
  cacheFolder: string
  precision: Precision
  provider: ProviderChoice
}

/** A model, ready to answer. */
export class Engine {
  readonly info: ModelInfo
  readonly device: Device
  readonly model: PreparedModel
  readonly tokenizer: ModelTokenizer
  readonly graphs: LoadedGraphs

  private constructor(model: PreparedModel, tokenizer: ModelTokenizer, graphs: LoadedGraphs, device: Device) {
    const { plan } = model
    this.model = model
    this.tokenizer = tokenizer
    this.graphs = graphs
    this.device = device
    this.info = {
      id: plan.id,
      name: plan.name,
      family: plan.family,
      parameters: plan.parameters,
      vocabSize: plan.vocabSize,
      contextLength: plan.contextLength,
      maxDepth: plan.maxDepth,
      precision: model.precision,
      budget: plan.budget,
    }
  }

  /**
   * @param progress of preparing and loading, 0 to 1
   * @throws DepthwiseError MODEL_*, CACHE_UNWRITABLE, PROVIDER_UNAVAILABLE, COMPUTE_FAILED
   */
  static async load(
    request: LoadRequest,
    progress: (phase: 'preparing' | 'loading', fraction: number) => void,
  ): Promise<Engine> {
    const model = await prepare(request.modelFolder, request.cacheFolder, request.precision, (fraction) => {
      progress('preparing', fraction)
    })
    progress('loading', 0)
    const tokenizer = new ModelTokenizer(model.source, model.plan.vocabSize)
    const { graphs, device } = await chooseProvider(model, request.provider)
    progress('loading', 1)
    return new Engine(model, tokenizer, graphs, device)
  }

  /** A new, empty sequence of tokens. */
  sequence(): Sequence {
    return new Sequence(this.model.plan, this.graphs)
  }

  /** An answer to a conversation; nothing is computed before its first step. @throws DepthwiseError as Generation, MODEL_TOKENIZER */
  generate(turns: readonly Turn[], sampling: Sampling, seed: number, budget: number): Generation {
    const prompt = this.tokenizer.encodeChat(turns, true)
    return new Generation(this.model.plan, this.sequence(), this.tokenizer, { prompt, sampling, seed, budget })
  }

  async release(): Promise<void> {
    await this.graphs.release()
  }
}
