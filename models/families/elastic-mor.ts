import * as v from 'valibot'
import { transpose } from '../graphs/quantise.ts'
import type { Target } from '../graphs/linear.ts'
import { embedding, linear } from '../graphs/linear.ts'
import type { LayerMatrices } from '../graphs/llama-layer.ts'
import { norm, settled } from '../graphs/llama-layer.ts'
import { mlpRouter } from '../graphs/router.ts'
import type { StageShape } from '../graphs/stage.ts'
import { attentionInputs, layers } from '../graphs/stage.ts'
import type { Plan, Visit } from '../plan/plan.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './family.ts'
import { defineFamily, size } from './family.ts'
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

interface NormPair {
  attentionNorm: Float32Array
  mlpNorm: Float32Array
}

/**
 * Elastic Mixture-of-Recursions: first layer, a block applied up to R times, last layer. K/V of the block are written
 * in recursion 1 for all tokens and read by the later ones (recursive KV sharing, arXiv 2507.10524 §2.2.2); a token
 * goes on to recursion r while its router's score clears the threshold of r; refused, it goes to the last layer.
 */
export const elasticMor = defineFamily('elastic_mor', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const shape: StageShape = {
    hiddenSize: config.hidden_size,
    contextLength: config.max_position_embeddings,
    ropeTheta: config.rope_theta,
    epsilon: config.rms_norm_eps,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads,
    headDim: config.head_dim,
  }
  await writeEnter(config, shape, tensors, writer)
  const norms = await writeBlock(config, shape, tensors, writer)
  await writeLeave(config, shape, tensors, writer)

  const cache = (count: number): Plan['caches'][string] => ({
    layers: count,
    kvHeads: shape.kvHeads,
    headDim: shape.headDim,
  })
  const everyone = { kind: 'everyone' } as const
  const recursions = Array.from({ length: config.num_recursions }, (_, r): Visit => ({
    graph: 'block',
    constants: { ...norms[r]!, ...writeRouter(config, Math.min(r, config.num_recursions - 2), tensors, writer) },
    cache: { name: 'block', writes: r === 0 },
    admission: r === 0 ? everyone : { kind: 'score', threshold: r - 1 },
    refusal: 'tail',
    recursion: true,
    cost: config.num_block_layers,
  }))
  const plain = (graph: string): Visit => ({
    graph,
    constants: {},
    cache: { name: graph, writes: true },
    admission: everyone,
    refusal: 'tail',
    recursion: false,
    cost: 1,
  })
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    contextLength: config.max_position_embeddings,
    maxDepth: config.num_recursions,
    caches: { enter: cache(1), block: cache(config.num_block_layers), leave: cache(1) },
    visits: [plain('enter'), ...recursions, plain('leave')],
    tail: recursions.length + 1,
    thresholds: config.num_recursions - 1,
    budget: {
      adjustable: config.num_recursions > 1,
      explanation:
        config.num_recursions > 1
          ? `Share of recursions 2 to ${config.num_recursions} that are run. A router lets the tokens through that gain most.`
          : 'This model has one recursion only: there is nothing to save.',
    },
  }
}

function layerShape(config: Config): Parameters<TensorReader['llamaLayer']>[1] {
  return {
    hidden: config.hidden_size,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads,
    headDim: config.head_dim,
    intermediate: config.intermediate_size,
  }
}

function readNorms(tensors: TensorReader, prefix: string, dims: number[]): NormPair {
  return {
    attentionNorm: tensors.floats(`${prefix}.input_layernorm.weight`, dims),
    mlpNorm: tensors.floats(`${prefix}.post_attention_layernorm.weight`, dims),
  }
}

function ownLayer(target: Target, matrices: LayerMatrices, norms: NormPair): Parameters<typeof layers>[2][number] {
  const inline = (name: string, values: Float32Array): string =>
    target.graph.floats(`${matrices.name}.${name}`, [values.length], values)
  return {
    matrices,
    attentionNorm: inline('input_layernorm', norms.attentionNorm),
    mlpNorm: inline('post_attention_layernorm', norms.mlpNorm),
  }
}

async function writeEnter(
  config: Config,
  shape: StageShape,
  tensors: TensorReader,
  writer: ModelWriter,
): Promise<void> {
  const table = tensors.matrix('model.embed_tokens.weight', config.vocab_size, config.hidden_size)
  const matrices = tensors.llamaLayer('model.first_layer', layerShape(config))
  const norms = readNorms(tensors, 'model.first_layer', [config.hidden_size])
  await writer.graph('enter', (target) => {
    const state = embedding(target, target.graph.input('ids', 'int64', ['S']), table)
    const context = attentionInputs(target, shape, false)
    const stream = layers(target, { state, delta: null }, [ownLayer(target, matrices, norms)], shape, context)
    target.graph.output(settled(target.graph, stream), 'next_state', 'float32', ['S', config.hidden_size])
  })
}

/** Writes the shared block once and its norms per recursion. @returns per recursion: graph input → constant */
async function writeBlock(
  config: Config,
  shape: StageShape,
  tensors: TensorReader,
  writer: ModelWriter,
): Promise<Record<string, string>[]> {
  const { hidden_size: hidden, num_recursions: recursions } = config
  const bindings: Record<string, string>[] = Array.from({ length: recursions }, () => ({}))
  const matrices = Array.from({ length: config.num_block_layers }, (_, i) => {
    const prefix = `model.block.${i}`
    for (const [leaf, values] of Object.entries(readNorms(tensors, prefix, [recursions, hidden]))) {
      bindings.forEach((binding, r) => {
        const row = (values as Float32Array).slice(r * hidden, (r + 1) * hidden)
        binding[`${leaf}.${i}`] = writer.constant(`${prefix}.${leaf}.${r}`, [hidden], row)
      })
    }
    return tensors.llamaLayer(prefix, layerShape(config))
  })
  await writer.graph('block', (target) => {
    const { graph } = target
    const state = graph.input('state', 'float32', ['S', hidden])
    const context = attentionInputs(target, shape, true)
    const stage = matrices.map((layer, i) => ({
      matrices: layer,
      attentionNorm: graph.input(`attentionNorm.${i}`, 'float32', [hidden]),
      mlpNorm: graph.input(`mlpNorm.${i}`, 'float32', [hidden]),
    }))
    const out = settled(graph, layers(target, { state, delta: null }, stage, shape, context))
    graph.output(out, 'next_state', 'float32', ['S', hidden])
    if (recursions > 1) {
      const width = config.router.hidden_size
      const score = mlpRouter(graph, out, hidden, config.router.input_norm_eps, {
        weight1: graph.input('router.weight1', 'float32', [hidden, width]),
        bias1: graph.input('router.bias1', 'float32', [width]),
        weight2: graph.input('router.weight2', 'float32', [width, 1]),
        bias2: graph.input('router.bias2', 'float32', [1]),
      })
      graph.output(score, 'score', 'float32', ['S'])
    }
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

async function writeLeave(
  config: Config,
  shape: StageShape,
  tensors: TensorReader,
  writer: ModelWriter,
): Promise<void> {
  const { hidden_size: hidden, vocab_size: vocab } = config
  const matrices = tensors.llamaLayer('model.last_layer', layerShape(config))
  const norms = readNorms(tensors, 'model.last_layer', [hidden])
  const finalNorm = tensors.floats('model.norm.weight', [hidden])
  const head = tensors.matrix('model.embed_tokens.weight', vocab, hidden)
  await writer.graph('leave', (target) => {
    const { graph } = target
    const state = graph.input('state', 'float32', ['S', hidden])
    const context = attentionInputs(target, shape, false)
    const stream = layers(target, { state, delta: null }, [ownLayer(target, matrices, norms)], shape, context)
    const wanted = graph.node('Gather', [settled(graph, stream), graph.input('output_rows', 'int64', ['N'])])
    const weight = graph.floats('model.norm', [hidden], finalNorm)
    const { normed } = norm(graph, { state: wanted, delta: null }, weight, shape.epsilon)
    graph.output(linear(target, normed, head), 'logits', 'float32', ['N', vocab])
  })
}
