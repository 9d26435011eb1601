import * as v from 'valibot'
import type { Stage } from '../graphs/stage.ts'
import { buildStage } from '../graphs/stage.ts'
import { leave, ownCache, step, visit } from '../plan/visit.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './compiled.ts'
import { compiled } from './compiled.ts'
import { defineFamily, inconsistent, size, unsupported } from './family.ts'
import { denseFields, readShape, refuseOthers } from './dense.ts'
import { layerSizes, ownLayer, readEnds, readNorms } from './llama.ts'
import type { TensorReader } from './tensors.ts'

/** Switches of the authors' code that make it another model; all of them are off in what is published. */
const OTHERS = [
  'enable_double_loop_split',
  'loop_middle_layers',
  'loop_share_kv',
  'enable_hyper_connection',
  'enable_mhc',
  'num_residual_streams',
  'enable_depth_attention',
  'emb_neighbor_num',
  'emb_split_num',
  'ngram_vocab_size_ratio',
  'insert_ngram_layer_idx',
  'qk_layernorm',
] as const

const ConfigSchema = v.object({
  ...denseFields,
  num_loops: v.nullish(size(1, 64)),
  /** Where it lists any, there is one loop more than weights. */
  loop_loss_weights: v.nullish(v.pipe(v.array(v.number()), v.maxLength(63))),
  skip_loop_final_norm: v.nullish(v.boolean()),
  ...Object.fromEntries(OTHERS.map((name) => [name, v.nullish(v.unknown())])),
})
type Config = v.InferOutput<typeof ConfigSchema>

/** What a switch that is off says. */
const isOff = (value: unknown): boolean =>
  value == null || value === false || value === 0 || (Array.isArray(value) && value.length === 0)

/**
 * Nanbeige 4.2: all layers of a Llama, run `num_loops` times with K/V of their own, the final norm behind every loop and
 * not once more (or, with `skip_loop_final_norm`, behind the last loop only).
 */
export const nanbeige = defineFamily('nanbeige', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  refuseOthers(config)
  for (const name of OTHERS) {
    const value = (config as Record<string, unknown>)[name]
    if (!isOff(value)) throw unsupported(name, value)
  }
  const count = loopsOf(config)
  const shape = readShape(config, null)
  const { table, head } = readEnds(tensors, shape, config.tie_word_embeddings)
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => {
    const prefix = `model.layers.${i}`
    return {
      matrices: tensors.llamaLayer(prefix, layerSizes(shape)),
      norms: readNorms(tensors, prefix, [shape.hiddenSize]),
    }
  })
  const norm = tensors.floats('model.norm.weight', [shape.hiddenSize])
  const once = config.skip_loop_final_norm === true
  const stages: Record<string, Stage> = {
    enter: { table },
    loop: {
      layers: (target) => layers.map(({ matrices, norms }) => ownLayer(target, matrices, norms)),
      ...(!once && { closing: norm }),
    },
    leave: { head: { norm: once ? norm : null, matrix: head } },
  }
  for (const [name, stage] of Object.entries(stages)) {
    await writer.graph(name, { shape }, (target) => {
      buildStage(target, shape, stage)
    })
  }
  const loops = Array.from({ length: count }, (_, r) =>
    step('loop', { cache: ownCache(`loop.${r}`, layers.length), recursion: true, cost: layers.length }),
  )
  return compiled(shape, {
    maxDepth: count,
    visits: [visit('enter'), ...loops, leave('leave')],
    explanation: `Every token runs all ${count} loops: this model was trained for that number and has no exit before it.`,
  })
}

/** @throws DepthwiseError MODEL_CONFIG where nothing says it */
function loopsOf({ loop_loss_weights: weights, num_loops: loops }: Config): number {
  const count = weights?.length ? weights.length + 1 : loops
  if (count == null) throw inconsistent('num_loops', 'it is missing')
  return count
}
