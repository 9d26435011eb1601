import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Precision } from '../../electron/contract/values.ts'
import { ModelWriter } from '../../models/families/build.ts'
import { TensorReader } from '../../models/families/tensors.ts'
import { readJson } from '../../models/formats/json.ts'
import { SafetensorsFile } from '../../models/formats/safetensors.ts'
import { embedding, linear } from '../../models/graphs/linear.ts'
import { norm, settled } from '../../models/graphs/llama-layer.ts'
import type { StageLayer, StageShape } from '../../models/graphs/stage.ts'
import { attentionInputs, layers } from '../../models/graphs/stage.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import * as v from 'valibot'

const ConfigSchema = v.object({
  vocab_size: v.number(),
  hidden_size: v.number(),
  intermediate_size: v.number(),
  num_attention_heads: v.number(),
  num_key_value_heads: v.number(),
  head_dim: v.number(),
  rms_norm_eps: v.number(),
  rope_theta: v.number(),
  max_position_embeddings: v.number(),
  num_block_layers: v.number(),
  num_recursions: v.number(),
})

/**
 * An elastic MoR at full depth as anybody would export it: every recursion written out, one plain graph, K/V of its own
 * for every unrolled layer, no router. What the plan of visits is measured against.
 */
export async function unrolledModel(source: string, folder: string, precision: Precision): Promise<PreparedModel> {
  const c = readJson(path.join(source, 'config.json'), ConfigSchema, 'MODEL_CONFIG')
  const shape: StageShape = {
    hiddenSize: c.hidden_size,
    contextLength: c.max_position_embeddings,
    ropeTheta: c.rope_theta,
    epsilon: c.rms_norm_eps,
    heads: c.num_attention_heads,
    kvHeads: c.num_key_value_heads,
    headDim: c.head_dim,
  }
  mkdirSync(folder, { recursive: true })
  const file = new SafetensorsFile(path.join(source, 'model.safetensors'))
  const tensors = new TensorReader(file, () => undefined)
  const writer = new ModelWriter(folder, precision)
  const size = {
    hidden: c.hidden_size,
    heads: shape.heads,
    kvHeads: shape.kvHeads,
    headDim: shape.headDim,
    intermediate: c.intermediate_size,
  }
  const table = tensors.matrix('model.embed_tokens.weight', c.vocab_size, c.hidden_size)
  const unrolled = [
    { prefix: 'model.first_layer', row: null },
    ...Array.from({ length: c.num_recursions }, (_, row) =>
      Array.from({ length: c.num_block_layers }, (__, i) => ({ prefix: `model.block.${i}`, row })),
    ).flat(),
    { prefix: 'model.last_layer', row: null },
  ]
  await writer.graph('model', (target) => {
    const { graph } = target
    const normWeight = (prefix: string, leaf: string, row: number | null): string => {
      const dims = row === null ? [c.hidden_size] : [c.num_recursions, c.hidden_size]
      const all = tensors.floats(`${prefix}.${leaf}.weight`, dims)
      const own = row === null ? all : all.slice(row * c.hidden_size, (row + 1) * c.hidden_size)
      return graph.floats(`${prefix}.${leaf}.${row ?? 'own'}`, [c.hidden_size], own)
    }
    const stage = unrolled.map(({ prefix, row }): StageLayer => ({
      matrices: tensors.llamaLayer(prefix, size),
      attentionNorm: normWeight(prefix, 'input_layernorm', row),
      mlpNorm: normWeight(prefix, 'post_attention_layernorm', row),
    }))
    const state = embedding(target, graph.input('ids', 'int64', ['S']), table)
    const stream = layers(target, { state, delta: null }, stage, shape, attentionInputs(target, shape, false))
    const wanted = graph.node('Gather', [settled(graph, stream), graph.input('output_rows', 'int64', ['N'])])
    const finalNorm = graph.floats('model.norm', [c.hidden_size], tensors.floats('model.norm.weight', [c.hidden_size]))
    const { normed } = norm(graph, { state: wanted, delta: null }, finalNorm, shape.epsilon)
    graph.output(linear(target, normed, table), 'logits', 'float32', ['N', c.vocab_size])
  })
  writer.close()
  file.close()
  return {
    folder,
    source,
    precision,
    plan: {
      version: 1,
      name: 'unrolled',
      family: 'unrolled',
      parameters: 0,
      vocabSize: c.vocab_size,
      hiddenSize: c.hidden_size,
      contextLength: c.max_position_embeddings,
      maxDepth: 1,
      graphs: writer.graphs,
      constants: {},
      caches: { model: { layers: unrolled.length, kvHeads: shape.kvHeads, headDim: shape.headDim } },
      visits: [
        {
          graph: 'model',
          constants: {},
          cache: { name: 'model', writes: true },
          admission: { kind: 'everyone' },
          refusal: 'skip',
          recursion: false,
          cost: unrolled.length,
        },
      ],
      tail: 0,
      budget: { adjustable: false, explanation: 'One graph.' },
      calibration: [],
      endTokens: [],
      sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, maxTokens: 1, stop: [] },
    },
  }
}
