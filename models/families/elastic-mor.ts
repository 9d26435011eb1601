import * as v from 'valibot'
import { concatenate } from '../formats/floats.ts'
import type { Target } from '../graphs/linear.ts'
import type { NormWeight } from '../graphs/llama-layer.ts'
import { transpose } from '../graphs/quantise.ts'
import type { MlpRouters } from '../graphs/router.ts'
import { mlpRouters } from '../graphs/router.ts'
import type { Stage } from '../graphs/stage.ts'
import { buildStage } from '../graphs/stage.ts'
import { cachesOf, clears, leave, ownCache, register, sharedCache, STATE, step, visit } from '../plan/visit.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './family.ts'
import { defineFamily, size } from './family.ts'
import type { LlamaShape } from './llama.ts'
import { checkShape, ownLayer, layerSizes, readEnds, readNorms } from './llama.ts'
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
  sharing: v.literal('middle_cycle'),
  num_block_layers: size(1, 1024),
  num_recursions: size(1, 64),
  kv_sharing: v.literal('recursive'),
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
 * Elastic Mixture-of-Recursions: first layer, a block applied up to R times, last layer. K/V of the block are written
 * in recursion 1 for all tokens and read by the later ones (recursive KV sharing, arXiv 2507.10524 §2.2.2); a token
 * goes on to recursion r while its router's score clears the threshold of r; refused, it goes to the last layer.
 */
export const elasticMor = defineFamily('elastic_mor', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const shape: LlamaShape = checkShape({
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
  const { table, head } = readEnds(tensors, shape, true)
  await writeOuter('enter', 'model.first_layer', { table }, shape, tensors, writer)
  await writeBlock(config, shape, tensors, writer)
  const norm = tensors.floats('model.norm.weight', [shape.hiddenSize])
  await writeOuter('leave', 'model.last_layer', { head: { norm, matrix: head } }, shape, tensors, writer)

  const layers = config.num_block_layers
  const recursions = Array.from({ length: config.num_recursions }, (_, r) =>
    step('block', {
      indices: { recursion: r },
      keeps: { next_state: STATE, ...(config.num_recursions > 1 && { scores: 'scores' }) },
      cache: r === 0 ? ownCache('block', layers) : sharedCache('block', layers),
      admission: r === 0 ? [] : [clears(r - 1, 'scores', r - 1)],
      refusal: 'tail',
      recursion: true,
      cost: layers,
    }),
  )
  const visits = [
    visit('enter', { cache: ownCache('enter', 1), cost: 1 }),
    ...recursions,
    leave('leave', { cache: ownCache('leave', 1), cost: 1 }),
  ]
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    contextLength: config.max_position_embeddings,
    maxDepth: config.num_recursions,
    caches: cachesOf(visits, shape),
    registers: { [STATE]: register(shape.hiddenSize), scores: register(config.num_recursions - 1) },
    visits,
    tail: recursions.length + 1,
    pace:
      config.num_recursions > 1 ? { kind: 'calibration', thresholds: config.num_recursions - 1 } : { kind: 'fixed' },
    budget: {
      adjustable: config.num_recursions > 1,
      explanation:
        config.num_recursions > 1
          ? `Share of recursions 2 to ${config.num_recursions} that are run. A router lets the tokens through that gain most.`
          : 'This model has one recursion only: there is nothing to save.',
    },
  }
}

/** Writes the first or the last layer with what stands before or behind it. */
async function writeOuter(
  name: string,
  prefix: string,
  ends: Pick<Stage, 'table' | 'head'>,
  shape: LlamaShape,
  tensors: TensorReader,
  writer: ModelWriter,
): Promise<void> {
  const matrices = tensors.llamaLayer(prefix, layerSizes(shape))
  const norms = readNorms(tensors, prefix, [shape.hiddenSize])
  await writer.stage(name, shape, (target) => {
    buildStage(target, shape, { ...ends, layers: (inside) => [ownLayer(inside, matrices, norms)] })
  })
}

/** Writes the shared block. Its norms differ by recursion, and rows of all recursions may share a run. */
async function writeBlock(
  config: Config,
  shape: LlamaShape,
  tensors: TensorReader,
  writer: ModelWriter,
): Promise<void> {
  const { hidden_size: hidden, num_recursions: recursions, num_block_layers: count } = config
  const layers = Array.from({ length: count }, (_, i) => tensors.llamaLayer(`model.block.${i}`, layerSizes(shape)))
  const norms = layers.flatMap((_, i) => {
    const { attentionNorm, mlpNorm } = readNorms(tensors, `model.block.${i}`, [recursions, hidden])
    return [attentionNorm, mlpNorm]
  })
  const routers = recursions > 1 ? readRouters(config, tensors) : null
  await writer.stage('block', shape, (target) => {
    const { graph } = target
    buildStage(target, shape, {
      selective: true,
      layers: () => {
        const perRow = normsOf(target, norms, recursions, hidden)
        return layers.map((matrices, i) => ({
          matrices,
          attentionNorm: perRow[2 * i]!,
          mlpNorm: perRow[2 * i + 1]!,
        }))
      },
      also: (_, state) => {
        if (!routers) return
        const scores = mlpRouters(graph, state, hidden, config.router.input_norm_eps, routers)
        graph.output(scores, 'scores', 'float32', ['S', routers.count])
      },
    })
  })
}

/** @param norms each [recursions, D] @returns for each, the weights of every row by the input `recursion` [S] */
function normsOf(target: Target, norms: readonly Float32Array[], recursions: number, hidden: number): NormWeight[] {
  const { graph, form } = target
  const table = new Float32Array(recursions * norms.length * hidden)
  norms.forEach((values, i) => {
    for (let r = 0; r < recursions; r++) {
      table.set(values.subarray(r * hidden, (r + 1) * hidden), (r * norms.length + i) * hidden)
    }
  })
  const ones = form === 'inPlace' ? null : graph.floats('norm.ones', [hidden], new Float32Array(hidden).fill(1))
  const stored = graph.floats('norms', [recursions, norms.length * hidden], table)
  const rows = graph.node('Gather', [stored, graph.input('recursion', 'int64', ['S'])])
  const parts = graph.multi('Split', [rows, graph.ints(norms.map(() => hidden))], {
    outputs: norms.length,
    attributes: { axis: { int: 1 } },
  })
  return parts.map((perRow) => ({ perRow, ones }))
}

/** The routers that score states for recursions 2 to R. */
function readRouters(config: Config, tensors: TensorReader): MlpRouters {
  const { hidden_size: hidden } = config
  const { hidden_size: width } = config.router
  const count = config.num_recursions - 1
  const all = Array.from({ length: count }, (_, j) => {
    const name = `model.routers.${j}`
    return {
      first: tensors.floats(`${name}.fc1.weight`, [width, hidden]),
      bias1: tensors.floats(`${name}.fc1.bias`, [width]),
      weight2: tensors.floats(`${name}.fc2.weight`, [1, width]),
      bias2: tensors.floats(`${name}.fc2.bias`, [1]),
    }
  })
  return {
    count,
    width,
    weight1: transpose(concatenate(all.map(({ first }) => first)), count * width, hidden),
    bias1: concatenate(all.map(({ bias1 }) => bias1)),
    weight2: concatenate(all.map(({ weight2 }) => weight2)),
    bias2: concatenate(all.map(({ bias2 }) => bias2)),
  }
}
