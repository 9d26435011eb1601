import * as v from 'valibot'
import { transpose } from '../graphs/quantise.ts'
import { mlpRouter } from '../graphs/router.ts'
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
  rope_theta: v.pipe(v.number(), v.gtValue(0)),
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
  const norms = await writeBlock(config, shape, tensors, writer)
  const norm = tensors.floats('model.norm.weight', [shape.hiddenSize])
  await writeOuter('leave', 'model.last_layer', { head: { norm, matrix: head } }, shape, tensors, writer)

  const layers = config.num_block_layers
  const recursions = Array.from({ length: config.num_recursions }, (_, r) =>
    step('block', {
      constants: { ...norms[r]!, ...writeRouter(config, Math.min(r, config.num_recursions - 2), tensors, writer) },
      keeps: { next_state: STATE, ...(config.num_recursions > 1 && { score: 'score' }) },
      cache: r === 0 ? ownCache('block', layers) : sharedCache('block', layers),
      admission: r === 0 ? [] : [clears(r - 1, 'score')],
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
    registers: { [STATE]: register(shape.hiddenSize), score: register(1) },
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
  await writer.graph(name, (target) => {
    buildStage(target, shape, { ...ends, layers: (inside) => [ownLayer(inside, matrices, norms)] })
  })
}

/** Writes the shared block once and its norms per recursion. @returns per recursion: graph input → constant */
async function writeBlock(
  config: Config,
  shape: LlamaShape,
  tensors: TensorReader,
  writer: ModelWriter,
): Promise<Record<string, string>[]> {
  const { hidden_size: hidden, num_recursions: recursions } = config
  const bindings: Record<string, string>[] = Array.from({ length: recursions }, () => ({}))
  const layers = Array.from({ length: config.num_block_layers }, (_, i) => {
    const prefix = `model.block.${i}`
    for (const [leaf, values] of Object.entries(readNorms(tensors, prefix, [recursions, hidden]))) {
      bindings.forEach((binding, r) => {
        const row = (values as Float32Array).slice(r * hidden, (r + 1) * hidden)
        binding[`${leaf}.${i}`] = writer.constant(`${prefix}.${leaf}.${r}`, [hidden], row)
      })
    }
    return tensors.llamaLayer(prefix, layerSizes(shape))
  })
  await writer.graph('block', (target) => {
    const { graph } = target
    buildStage(target, shape, {
      selective: true,
      layers: () =>
        layers.map((matrices, i) => ({
          matrices,
          attentionNorm: graph.input(`attentionNorm.${i}`, 'float32', [hidden]),
          mlpNorm: graph.input(`mlpNorm.${i}`, 'float32', [hidden]),
        })),
      also: (_, state) => {
        if (recursions === 1) return
        const width = config.router.hidden_size
        const score = mlpRouter(graph, state, hidden, config.router.input_norm_eps, {
          weight1: graph.input('router.weight1', 'float32', [hidden, width]),
          bias1: graph.input('router.bias1', 'float32', [width]),
          weight2: graph.input('router.weight2', 'float32', [width, 1]),
          bias2: graph.input('router.bias2', 'float32', [1]),
        })
        graph.output(score, 'score', 'float32', ['S'])
      },
    })
  })
  return bindings
}

/** The router that scores states for recursion `j + 2`. */
function writeRouter(config: Config, j: number, tensors: TensorReader, writer: ModelWriter): Record<string, string> {
  if (j < 0) return {}
  const { hidden_size: hidden } = config
  const width = config.router.hidden_size
  const name = `model.routers.${j}`
  if (!(`${name}.weight1` in writer.constants)) {
    const first = tensors.floats(`${name}.fc1.weight`, [width, hidden])
    writer.constant(`${name}.weight1`, [hidden, width], transpose(first, width, hidden))
    writer.constant(`${name}.bias1`, [width], tensors.floats(`${name}.fc1.bias`, [width]))
    writer.constant(`${name}.weight2`, [width, 1], tensors.floats(`${name}.fc2.weight`, [1, width]))
    writer.constant(`${name}.bias2`, [1], tensors.floats(`${name}.fc2.bias`, [1]))
  }
  return Object.fromEntries(
    ['weight1', 'bias1', 'weight2', 'bias2'].map((leaf) => [`router.${leaf}`, `${name}.${leaf}`]),
  )
}
