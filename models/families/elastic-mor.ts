import { PORT } from '../plan/ports.ts'
import * as v from 'valibot'
import type { Target } from '../graphs/linear.ts'
import type { LayerMatrices } from '../graphs/llama-layer.ts'
import { recursionNorms } from '../graphs/recursion-norms.ts'
import { mlpRouters } from '../graphs/router.ts'
import type { Stage, StageLayer } from '../graphs/stage.ts'
import { buildStage } from '../graphs/stage.ts'
import type { Visit } from '../plan/plan.ts'
import { clears, leave, ownCache, register, sharedCache, STATE, step, visit } from '../plan/visit.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './compiled.ts'
import { compiled } from './compiled.ts'
import { defineFamily, size, unsupported } from './family.ts'
import type { LayerNorms, LlamaShape } from './llama.ts'
import { checkShape, layerSizes, ownLayer, readEnds, readNorms } from './llama.ts'
import { readRouters } from './routers.ts'
import type { TensorReader } from './tensors.ts'

const ConfigSchema = v.object({
  model_type: v.literal('elastic_mor'),
  vocab_size: size(1, 2_000_000),
  hidden_size: size(1, 65_536),
  intermediate_size: size(1, 262_144),
  num_attention_heads: size(1, 1024),
  num_key_value_heads: size(1, 1024),
  head_dim: size(2, 1024),
  hidden_act: v.literal('silu'),
  rms_norm_eps: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  rope_theta: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  max_position_embeddings: size(1, 1_048_576),
  tie_word_embeddings: v.literal(true),
  sharing: v.string(),
  kv_sharing: v.string(),
  num_first_layers: size(1, 1024),
  num_block_layers: size(1, 1024),
  num_last_layers: size(1, 1024),
  num_recursions: size(1, 64),
  block_norms: v.literal('per_recursion'),
  router: v.object({
    type: v.literal('mlp'),
    hidden_size: size(1, 65_536),
    activation: v.literal('gelu'),
    input_norm: v.literal('rms'),
    input_norm_eps: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    gating: v.literal('unweighted'),
  }),
})
type Config = v.InferOutput<typeof ConfigSchema>

/**
 * Elastic Mixture-of-Recursions (arXiv 2507.10524 §2.2), made of a dense Llama:
 *
 *     x = embed[ids]
 *     x = first layers(x)
 *     x = recursion 1(x)                              every token
 *     x = recursion r(x)   while router r−1(x) ≥ its threshold, r = 2 … R
 *     x = last layers(x)                              every token, from the state that it ended with
 *     logits = embed · rms_norm(x)
 *
 * Two forms. `sharing: middle_cycle`, `kv_sharing: recursive`: the recursions are one block, with norms of their own;
 * recursion 1 writes K/V for all tokens and the later ones read it. `none`, `none`: every recursion has layers of its
 * own, with K/V of their own for the tokens that reach it (recursion-wise caching): early exits of a dense model.
 */
export const elasticMor = defineFamily('elastic_mor', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const model = new Model(config, tensors, writer)
  const visits = await (isTied(config) ? tiedVisits(model) : exitVisits(model))
  const { shape, recursions } = model
  const count = recursions - 1
  return compiled(shape, {
    maxDepth: recursions,
    visits,
    registers: Object.fromEntries(visits.flatMap(({ outputs }) => scoresKept(outputs, isTied(config) ? count : 1))),
    policy: count > 0 ? { kind: 'calibration', thresholds: count } : { kind: 'fixed' },
    explanation:
      count > 0
        ? `Share of recursions 2 to ${recursions} that are run. A router lets the tokens through that gain most.`
        : 'This model has one recursion only: there is nothing to save.',
  })
}

/** @throws DepthwiseError MODEL_UNSUPPORTED where the recursions are of neither form */
function isTied({ sharing, kv_sharing }: Config): boolean {
  if (sharing === 'middle_cycle' && kv_sharing === 'recursive') return true
  if (sharing === 'none' && kv_sharing === 'none') return false
  if (sharing !== 'middle_cycle' && sharing !== 'none') throw unsupported('sharing', sharing)
  throw unsupported('kv_sharing', kv_sharing, `is not supported with sharing ${JSON.stringify(sharing)}`)
}

/** One block for all recursions: its norms differ, and rows of all recursions may share a run. */
async function tiedVisits(model: Model): Promise<Visit[]> {
  const { recursions, depth, shape } = model
  const layers = model.layers('model.block', [recursions, shape.hiddenSize])
  const routers = model.routers(0, recursions - 1)
  await model.enter([])
  const inside: Stage = {
    layers: (target) => {
      const norms = layers.flatMap(({ norms }) => [norms.attentionNorm, norms.mlpNorm])
      const perRow = recursionNorms(target, norms, recursions, shape.hiddenSize)
      return layers.map(({ matrices }, i) => ({
        matrices,
        attentionNorm: perRow[2 * i]!,
        mlpNorm: perRow[2 * i + 1]!,
      }))
    },
    also: routers,
  }
  await model.stage('block', inside, true)
  await model.leave()
  const scores = routers && 'scores'
  return [
    model.entering(0, null),
    ...model.recursing((r) =>
      step('block', {
        indices: { recursion: r },
        outputs: { [PORT.nextState]: STATE, ...(scores && { scores }) },
        cache: r === 0 ? ownCache('block', depth) : sharedCache('block', depth),
        admission: r === 0 ? [] : [clears(r - 1, scores!, r - 1)],
      }),
    ),
    model.leaving(),
  ]
}

/** Layers of its own for every recursion. Recursion 1 is made by every token, in one run with the first layers. */
async function exitVisits(model: Model): Promise<Visit[]> {
  const { recursions, depth } = model
  const stage = (r: number): OwnLayer[] => model.layers(`model.stages.${r}`)
  const scores = (r: number): string | null => (r < recursions - 1 ? `scores.${r}` : null)
  const routers = (r: number): Stage['also'] => (scores(r) === null ? undefined : model.routers(r, 1))
  await model.enter(stage(0), routers(0))
  for (let r = 1; r < recursions; r++) await model.stage(`stage.${r}`, model.own(stage(r), routers(r)))
  await model.leave()
  const [entering, ...later] = [
    model.entering(depth, scores(0)),
    ...model
      .recursing((r) =>
        step(`stage.${r}`, {
          outputs: { [PORT.nextState]: STATE, ...(scores(r) !== null && { scores: scores(r)! }) },
          cache: ownCache(`stage.${r}`, depth),
          admission: [clears(r - 1, scores(r - 1)!)],
        }),
      )
      .slice(1),
  ]
  return [{ ...entering, recursion: true }, ...later, model.leaving()]
}

/** The registers of scores among those that a visit keeps. */
function scoresKept(outputs: Visit['outputs'], width: number): [string, ReturnType<typeof register>][] {
  return Object.values(outputs)
    .filter((name) => name !== STATE)
    .map((name) => [name, register(width)])
}

interface OwnLayer {
  matrices: LayerMatrices
  norms: LayerNorms
}

/** Reads and writes the parts that both forms are made of. */
class Model {
  readonly shape: LlamaShape
  readonly recursions: number
  /** Layers of a recursion. */
  readonly depth: number
  private readonly config: Config
  private readonly tensors: TensorReader
  private readonly writer: ModelWriter
  private readonly ends: ReturnType<typeof readEnds>

  constructor(config: Config, tensors: TensorReader, writer: ModelWriter) {
    this.config = config
    this.tensors = tensors
    this.writer = writer
    this.recursions = config.num_recursions
    this.depth = config.num_block_layers
    this.shape = checkShape({
      vocabSize: config.vocab_size,
      hiddenSize: config.hidden_size,
      intermediateSize: config.intermediate_size,
      contextLength: config.max_position_embeddings,
      ropeTheta: config.rope_theta,
      epsilon: config.rms_norm_eps,
      heads: config.num_attention_heads,
      kvHeads: config.num_key_value_heads,
      headDim: config.head_dim,
    })
    this.ends = readEnds(tensors, this.shape, true)
  }

  /** @param norms their dims: [D], or one row per recursion */
  layers(prefix: string, norms = [this.shape.hiddenSize], count = this.depth): OwnLayer[] {
    return Array.from({ length: count }, (_, i) => ({
      matrices: this.tensors.llamaLayer(`${prefix}.${i}`, layerSizes(this.shape)),
      norms: readNorms(this.tensors, `${prefix}.${i}`, norms),
    }))
  }

  /** What gives out the scores [S, count] of routers `from` on, as `scores`; undefined without any. */
  routers(from: number, count: number): Stage['also'] {
    if (count === 0) return undefined
    const { hidden_size: hidden, router } = this.config
    const weights = readRouters(this.tensors, { from, count, width: router.hidden_size, hidden })
    return ({ graph }, state) => {
      const scores = mlpRouters(graph, state, hidden, router.input_norm_eps, weights)
      graph.output(scores, 'scores', 'float32', ['S', count])
    }
  }

  /** A stage of layers that are visited in one way only. */
  own(layers: readonly OwnLayer[], also: Stage['also']): Stage {
    const inside = (target: Target): StageLayer[] =>
      layers.map(({ matrices, norms }) => ownLayer(target, matrices, norms))
    return { layers: inside, also }
  }

  /** @param selective whether visits differ in whether rows write K/V */
  stage(name: string, stage: Stage, selective = false): Promise<void> {
    return this.writer.graph(name, { shape: this.shape, selective }, (target) => {
      buildStage(target, this.shape, stage)
    })
  }

  /** Writes the embedding, the first layers and those of `more`. */
  enter(more: readonly OwnLayer[], also?: Stage['also']): Promise<void> {
    const first = this.layers('model.first_layers', undefined, this.config.num_first_layers)
    return this.stage('enter', { table: this.ends.table, ...this.own([...first, ...more], also) })
  }

  /** Writes the last layers, the final norm and the head. */
  leave(): Promise<void> {
    const last = this.layers('model.last_layers', undefined, this.config.num_last_layers)
    const norm = this.tensors.floats('model.norm.weight', [this.shape.hiddenSize])
    return this.stage('leave', { ...this.own(last, undefined), head: { norm, matrix: this.ends.head } })
  }

  /** @param more layers beside the first ones */
  entering(more: number, scores: string | null): Visit {
    const count = this.config.num_first_layers + more
    const outputs = { [PORT.nextState]: STATE, ...(scores !== null && { scores }) }
    return visit('enter', { outputs, cache: ownCache('enter', count), cost: count })
  }

  /** The recursions; a row that is refused goes to the last layers. */
  recursing(make: (r: number) => Visit): Visit[] {
    return Array.from({ length: this.recursions }, (_, r) => ({
      ...make(r),
      refusal: 'tail',
      recursion: true,
      cost: this.depth,
    }))
  }

  leaving(): Visit {
    const count = this.config.num_last_layers
    return leave('leave', { cache: ownCache('leave', count), cost: count })
  }
}
