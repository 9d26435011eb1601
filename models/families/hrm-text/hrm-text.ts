import { PORT } from '../../plan/ports.ts'
import * as v from 'valibot'
import type { LayerMatrices } from '../../graphs/llama-layer.ts'
import type { Target } from '../../graphs/linear.ts'
import type { Stage, StageLayer } from '../../graphs/stage.ts'
import { buildStage } from '../../graphs/stage.ts'
import type { Visit } from '../../plan/plan.ts'
import { leave, ownCache, register, visit } from '../../plan/visit.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../compiled.ts'
import { compiled } from '../compiled.ts'
import { denseFields, readShape, refuseOthers } from '../dense.ts'
import { defineFamily, inconsistent, size } from '../family.ts'
import { readGatedLayer } from './gated-layer.ts'
import { readEnds } from '../llama.ts'
import { HRM_TEMPLATE } from './prompt.ts'
import type { TensorReader } from '../tensors.ts'

const PositiveSchema = v.pipe(v.number(), v.finite(), v.gtValue(0))
const ConfigSchema = v.object({
  ...denseFields,
  /** Of all stack passes together; of one stack where `num_layers_per_stack` is not there. */
  num_hidden_layers: size(1, 65_536),
  num_layers_per_stack: v.nullish(size(1, 1024)),
  H_cycles: v.optional(size(1, 64), 2),
  L_cycles: v.optional(size(0, 64), 3),
  embedding_scale: v.nullish(v.pipe(v.number(), v.finite())),
  initializer_range: v.optional(PositiveSchema, 0.02),
  /** Whether it was trained with prompts whose tokens see each other both ways. */
  prefix_lm: v.nullish(v.boolean()),
})
type Config = v.InferOutput<typeof ConfigSchema>

/** The state of the slow stack, whose last one is read, and of the fast one. */
const HIGH = 'high'
const LOW = 'low'

/**
 * HRM-Text: two stacks of Llama layers with gated attention and norms without weights, in turns. The fast one runs
 * `L_cycles` times on the sum of both states, then the slow one once; `H_cycles` times over.
 */
export const hrmText = defineFamily('hrm_text', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  refuseOthers(config)
  const layers = layersOf(config)
  const shape = readShape(config, null)
  const { hiddenSize } = shape
  const { table, head } = readEnds(tensors, shape, config.tie_word_embeddings)
  const begin = tensors.floats('model.z_L_init', [hiddenSize])
  const stages: Record<string, Stage> = {
    enter: {
      table,
      scale: config.embedding_scale ?? 1 / config.initializer_range,
      also: (target, state) => {
        everyRow(target, state, begin)
      },
    },
    ...stacks(layers, (prefix) => readGatedLayer(tensors, prefix, shape), hiddenSize),
    leave: { head: { norm: null, matrix: head } },
  }
  for (const [name, stage] of Object.entries(stages)) {
    await writer.graph(name, { shape }, (target) => {
      buildStage(target, shape, stage)
    })
  }
  const passes = passesOf(config, layers)
  return compiled(shape, {
    maxDepth: config.H_cycles,
    visits: [
      visit('enter', { outputs: { [PORT.nextState]: HIGH, low: LOW } }),
      ...passes,
      leave('leave', { inputs: { state: HIGH } }),
    ],
    registers: { [HIGH]: register(hiddenSize), [LOW]: register(hiddenSize) },
    prompts: config.prefix_lm ? 'whole' : 'chunks',
    chatTemplate: HRM_TEMPLATE,
    explanation: `Every token runs all ${config.H_cycles} cycles, ${passes.length} passes of its two stacks: this model was trained for that number and has no exit before it.`,
  })
}

/** Layers of one stack. @throws DepthwiseError MODEL_CONFIG */
function layersOf({ num_hidden_layers: all, num_layers_per_stack: own, H_cycles: h, L_cycles: l }: Config): number {
  if (own == null) return all
  if (all === own * h * (l + 1)) return own
  throw inconsistent('num_hidden_layers', `${all} is not num_layers_per_stack · H_cycles · (L_cycles + 1)`)
}

/** The passes in their order, each with a cache of its own; a depth is a cycle, and its slow pass counts. */
function passesOf({ H_cycles: cycles, L_cycles: fast }: Config, layers: number): Visit[] {
  return Array.from({ length: cycles * (fast + 1) }, (_, pass) => {
    const slow = pass % (fast + 1) === fast
    return visit(slow ? 'slow' : 'fast', {
      inputs: { state: HIGH, injected: LOW },
      outputs: { [PORT.nextState]: slow ? HIGH : LOW },
      cache: ownCache(`pass.${pass}`, layers),
      recursion: slow,
      cost: layers,
    })
  })
}

/** Both stacks: each begins with the sum of the two states and ends with a norm. */
function stacks(
  count: number,
  read: (prefix: string) => LayerMatrices,
  hidden: number,
): Record<'fast' | 'slow', Stage> {
  const ones = new Float32Array(hidden).fill(1)
  const of = (module: string): Stage => {
    const matrices = Array.from({ length: count }, (_, i) => read(`model.${module}.layers.${i}`))
    return {
      injected: 'injected',
      layers: ({ graph }) => {
        const unit = graph.floats('ones', [hidden], ones)
        return matrices.map((each): StageLayer => ({ matrices: each, attentionNorm: unit, mlpNorm: unit }))
      },
      closing: ones,
    }
  }
  return { fast: of('L_module'), slow: of('H_module') }
}

/** Gives out a vector [D] for every row, as `low`. */
function everyRow({ graph }: Target, state: string, vector: Float32Array): void {
  const begin = graph.floats('z_L_init', [vector.length], vector)
  const rows = graph.node('Expand', [begin, graph.node('Shape', [state])])
  graph.output(rows, LOW, 'float32', ['S', vector.length])
}
