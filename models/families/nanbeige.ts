import * as v from 'valibot'
import type { Stage } from '../graphs/stage.ts'
import { buildStage } from '../graphs/stage.ts'
import { leave, ownCache, step, visit } from '../plan/visit.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './compiled.ts'
import { compiled } from './compiled.ts'
import { defineFamily, size } from './family.ts'
import { denseFields, readShape, refuseOthers } from './dense.ts'
import { layerSizes, ownLayer, readEnds, readNorms } from './llama.ts'
import type { TensorReader } from './tensors.ts'

const ConfigSchema = v.object({
  ...denseFields,
  num_loops: size(1, 64),
  skip_loop_final_norm: v.optional(v.boolean(), false),
})
type Config = v.InferOutput<typeof ConfigSchema>

/**
 * Nanbeige 4.2: all layers of a Llama, run `num_loops` times with K/V of their own, the final norm behind every loop and
 * not once more (or, with `skip_loop_final_norm`, behind the last loop only).
 */
export const nanbeige = defineFamily('nanbeige', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  refuseOthers(config)
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
  const once = config.skip_loop_final_norm
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
  const loops = Array.from({ length: config.num_loops }, (_, r) =>
    step('loop', { cache: ownCache(`loop.${r}`, layers.length), recursion: true, cost: layers.length }),
  )
  return compiled(shape, {
    maxDepth: config.num_loops,
    visits: [visit('enter'), ...loops, leave('leave')],
    explanation: `Every token runs all ${config.num_loops} loops: this model was trained for that number and has no exit before it.`,
  })
}
