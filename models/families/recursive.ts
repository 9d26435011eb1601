import type { LayerMatrices } from '../graphs/llama-layer.ts'
import type { Target } from '../graphs/linear.ts'
import type { Stage, StageLayer } from '../graphs/stage.ts'
import { buildStage } from '../graphs/stage.ts'
import type { Visit } from '../plan/plan.ts'
import { cachesOf, leave, ownCache, register, sharedCache, STATE, step, visit } from '../plan/visit.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled, Family } from './family.ts'
import { defineFamily } from './family.ts'
import type { LayerNorms, LlamaShape } from './llama.ts'
import { layerSizes, NORM_NAMES, ownLayer, PARTS, partSize, readEnds, readNorms } from './llama.ts'
import type { RecursiveConfig } from './recursive-config.ts'
import { RecursiveConfigSchema, recursiveShape, unroll } from './recursive-config.ts'
import type { Relaxed } from './relaxation.ts'
import { relaxed } from './relaxation.ts'
import type { TensorReader } from './tensors.ts'

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

/** A layer of a graph: matrices once, norms once or per visit, and what else a visit has of its own. */
interface ReadLayer {
  matrices: LayerMatrices
  /** One for all visits, or one for each. */
  norms: LayerNorms[]
  prefixes: string[]
  own: Relaxed
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
    const { table, head } = this.ends()
    const outer = (layer: number | null): number[][] => (layer === null ? [] : [[layer]])
    await this.run('enter', { table }, outer(first), false)
    for (const [i, layers] of runs.entries()) {
      // a token has gone through a recursion when the first run has: what follows repeats as often
      await this.run(sharing.endsWith('cycle') ? 'block' : `layer.${i}`, {}, layers, i === 0)
    }
    const norm = tensors.floats('model.norm.weight', [shape.hiddenSize])
    await this.run('leave', { head: { norm, matrix: head } }, outer(last), false)
    const { eos_token_id: end } = config.architecture
    return {
      vocabSize: shape.vocabSize,
      hiddenSize: shape.hiddenSize,
      contextLength: shape.contextLength,
      maxDepth: times,
      caches: cachesOf(this.visits, shape),
      registers: { [STATE]: register(shape.hiddenSize) },
      visits: this.visits,
      tail: this.visits.length - 1,
      pace: { kind: 'fixed' },
      budget: {
        adjustable: false,
        explanation: `Every token runs all ${times} recursions. This model was trained without a router or an exit, so nothing says which tokens could do with fewer.`,
      },
      ...(end != null && { endTokens: [end] }),
    }
  }

  /**
   * Embedding table and head. The authors' models say that the two are tied and some hold a head of its own all the
   * same, which is then what they compute with: the recordings show it.
   */
  private ends(): ReturnType<typeof readEnds> {
    const { shape, tensors } = this
    const stored = tensors.has('lm_head.weight')
    const dims = [shape.vocabSize, shape.hiddenSize]
    const own = stored && !tensors.equal('lm_head.weight', 'model.embed_tokens.weight', dims)
    return readEnds(tensors, shape, (stored || this.config.architecture.tie_word_embeddings) && !own)
  }

  /** Writes the graph of a run of layers, and visits it once for every recursion. @param layers per layer its places */
  private async run(
    name: string,
    ends: Pick<Stage, 'table' | 'head'>,
    layers: number[][],
    counts: boolean,
  ): Promise<void> {
    const { shape, writer } = this
    const times = layers[0]?.length ?? 1
    const shared = times > 1 && this.config.kv_cache.mode === 'shared'
    const read = layers.map((places) => this.read(places))
    await writer.graph(name, (target) => {
      const stage = layers.length > 0 && {
        layers: (inside: Target) => read.map((layer, i) => stageLayer(inside, layer, i)),
      }
      buildStage(target, shape, { ...ends, ...stage, selective: shared })
    })
    for (let r = 0; r < times; r++) {
      const cache = shared || times === 1 ? name : `${name}.${r}`
      const kind = ends.table ? visit : ends.head ? leave : step
      const count = layers.length
      this.visits.push(
        kind(name, {
          constants: Object.assign({}, ...read.map((layer, i) => this.constants(layer, i, r))) as Record<
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

  /** Reads the layer that lies at several places; its copies, where there are, must be equal. @throws DepthwiseError MODEL_WEIGHTS */
  private read(places: number[]): ReadLayer {
    const { config, shape, tensors } = this
    const prefixes = places.map((place) => config.weights.unrolled_layer_prefixes[place]!)
    const own = relaxed(config.relaxation, { prefixes, places }, shape, tensors)
    const sizes = layerSizes(shape)
    const matrices = tensors.llamaLayer(prefixes[0]!, sizes, (part) => own.nameOf(0, part))
    const stored = config.weights.every_depth_stored ? prefixes : prefixes.slice(0, 1)
    stored.forEach((_, r) => {
      for (const part of PARTS) tensors.copy(own.nameOf(r, part), own.nameOf(0, part), partSize(sizes, part))
    })
    const dims = [shape.hiddenSize]
    if (!config.recursion.norms_shared) {
      return { matrices, norms: prefixes.map((prefix) => readNorms(tensors, prefix, dims)), prefixes, own }
    }
    for (const prefix of stored) {
      for (const leaf of Object.values(NORM_NAMES)) tensors.copy(`${prefix}.${leaf}`, `${prefixes[0]}.${leaf}`, dims)
    }
    return { matrices, norms: [readNorms(tensors, prefixes[0]!, dims)], prefixes, own }
  }

  /** What visit `r` binds for layer `i` of its graph. */
  private constants({ norms, prefixes, own }: ReadLayer, i: number, r: number): Record<string, string> {
    const bindings = own.constants(this.writer, i, r)
    if (norms.length === 1) return bindings
    for (const [leaf, values] of Object.entries(norms[r]!) as [keyof LayerNorms, Float32Array][]) {
      bindings[`${leaf}.${i}`] = this.writer.constant(`${prefixes[r]}.${leaf}`, [values.length], values)
    }
    return bindings
  }
}

function stageLayer(target: Target, { matrices, norms, own }: ReadLayer, i: number): StageLayer {
  const { graph } = target
  const extras = own.extras(graph, i)
  if (norms.length === 1) return { ...ownLayer(target, matrices, norms[0]!), ...extras }
  const input = (leaf: keyof LayerNorms): string => graph.input(`${leaf}.${i}`, 'float32', [norms[0]![leaf].length])
  return { matrices, attentionNorm: input('attentionNorm'), mlpNorm: input('mlpNorm'), ...extras }
}
