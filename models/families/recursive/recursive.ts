import type { Target } from '../../graphs/linear.ts'
import type { Stage } from '../../graphs/stage.ts'
import { buildStage } from '../../graphs/stage.ts'
import type { Visit } from '../../plan/plan.ts'
import { leave, ownCache, sharedCache, step, visit } from '../../plan/visit.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../compiled.ts'
import { compiled } from '../compiled.ts'
import type { Family } from '../family.ts'
import { defineFamily } from '../family.ts'
import type { LlamaShape } from '../llama.ts'
import type { RecursiveConfig } from './config.ts'
import { RecursiveConfigSchema, recursiveShape, unroll } from './config.ts'
import { relaxed } from './relaxation.ts'
import type { ReadLayer } from '../shared-layer.ts'
import { layerConstants, readSharedLayer, readStoredEnds, stageLayer } from '../shared-layer.ts'
import type { TensorReader } from '../tensors.ts'

/** Recursive transformers without a router: every token runs every recursion (arXiv 2410.20672, 2507.10524 §2). */
export const recursive = family('recursive')
/** The same, each recursion with something of its own beside the shared weights. */
export const relaxedRecursive = family('relaxed-recursive')

function family(name: string): Family {
  return defineFamily(name, RecursiveConfigSchema, (config, tensors, writer) => {
    const shape = recursiveShape(config)
    return new Compiler(config, shape, tensors, writer).compile()
  })
}

class Compiler {
  private readonly config: RecursiveConfig
  private readonly shape: LlamaShape
  private readonly tensors: TensorReader
  private readonly writer: ModelWriter
  private readonly visits: Visit[] = []

  constructor(config: RecursiveConfig, shape: LlamaShape, tensors: TensorReader, writer: ModelWriter) {
    this.config = config
    this.shape = shape
    this.tensors = tensors
    this.writer = writer
  }

  async compile(): Promise<Compiled> {
    const { config, shape, tensors } = this
    const { num_recursions: times, sharing } = config.recursion
    const { first, last, runs } = unroll(config)
    const { table, head } = readStoredEnds(tensors, shape, config.architecture.tie_word_embeddings)
    const outer = (layer: number | null): number[][] => (layer === null ? [] : [[layer]])
    await this.run('enter', { table }, outer(first), false)
    for (const [i, layers] of runs.entries()) {
      // a token has gone through a recursion when the first run has: what follows repeats as often
      await this.run(sharing.endsWith('cycle') ? 'block' : `layer.${i}`, {}, layers, i === 0)
    }
    const norm = tensors.floats('model.norm.weight', [shape.hiddenSize])
    await this.run('leave', { head: { norm, matrix: head } }, outer(last), false)
    const { eos_token_id: end } = config.architecture
    return compiled(shape, {
      maxDepth: times,
      visits: this.visits,
      explanation: `Every token runs all ${times} recursions. This model was trained without a router or an exit, so nothing says which tokens could do with fewer.`,
      ...(end != null && { endTokens: [end] }),
    })
  }

  /** Writes the graph of a run of layers, and visits it once for every recursion. @param layers per layer its places */
  private async run(
    name: string,
    ends: Pick<Stage, 'table' | 'head'>,
    layers: number[][],
    counts: boolean,
  ): Promise<void> {
    const { shape, writer } = this
    const { relaxation } = this.config
    const times = layers[0]?.length ?? 1
    const shared = times > 1 && this.config.kv_cache.mode === 'shared'
    const read = layers.map((places) => this.read(places))
    await writer.graph(
      name,
      { shape, selective: shared, resident: relaxation?.method !== 'adaption_prompt' },
      (target) => {
        const stage = layers.length > 0 && {
          layers: (inside: Target) => read.map((layer, i) => stageLayer(inside, layer, i)),
        }
        buildStage(target, shape, { ...ends, ...stage })
      },
    )
    for (let r = 0; r < times; r++) {
      const cache = shared || times === 1 ? name : `${name}.${r}`
      const kind = ends.table ? visit : ends.head ? leave : step
      const count = layers.length
      this.visits.push(
        kind(name, {
          constants: Object.assign({}, ...read.map((layer, i) => layerConstants(writer, layer, i, r))) as Record<
            string,
            string
          >,
          cache: count === 0 ? null : shared && r > 0 ? sharedCache(cache, count) : ownCache(cache, count),
          recursion: counts,
          cost: count,
        }),
      )
    }
  }

  /** Reads the layer that lies at several places. @throws DepthwiseError MODEL_WEIGHTS */
  private read(places: number[]): ReadLayer {
    const { config, shape, tensors } = this
    const prefixes = places.map((place) => config.weights.unrolled_layer_prefixes[place]!)
    const own = relaxed(config.relaxation, { prefixes, places }, shape, tensors)
    const storage = {
      normsShared: config.recursion.norms_shared,
      everyDepthStored: config.weights.every_depth_stored,
    }
    return readSharedLayer(prefixes, own, storage, shape, tensors)
  }
}
