import { PORT } from '../../plan/ports.ts'
import * as v from 'valibot'
import { float32Below } from '../../formats/floats.ts'
import type { ExitGate } from '../../graphs/exit-gate.ts'
import { exitGate, mixtureGate } from '../../graphs/exit-gate.ts'
import type { Target } from '../../graphs/linear.ts'
import type { Stage } from '../../graphs/stage.ts'
import { buildStage } from '../../graphs/stage.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../compiled.ts'
import { compiled } from '../compiled.ts'
import { denseFields, readShape, refuseOthers } from '../dense.ts'
import { defineFamily, size } from '../family.ts'
import type { LayerNorms, LlamaShape } from '../llama.ts'
import { layerSizes, ownLayer, readEnds, readNorms } from '../llama.ts'
import type { OuroVisits } from './visits.ts'
import { exitingVisits, fixedVisits, mixingVisits, readingVisits } from './visits.ts'
import type { TensorReader } from '../tensors.ts'

const ConfigSchema = v.object({
  ...denseFields,
  total_ut_steps: v.optional(size(1, 64), 4),
  /** q: a token leaves behind the first step whose cumulated exit probability reaches it; null: never. */
  early_exit_threshold: v.nullish(v.pipe(v.number(), v.finite())),
  /** Every token leaves behind this step, counted from 0; takes precedence. Outside the steps it says nothing. */
  early_exit_step: v.nullish(v.pipe(v.number(), v.safeInteger())),
  /** Argument of the authors' forward pass: logits of the mean over all steps, where neither of the two is set. */
  use_weighted_exit: v.nullish(v.boolean()),
  /** Ours. What later tokens see, in steps that a token did not run, of it: its deepest K/V, or nothing. */
  exit_cache: v.optional(v.picklist(['latest', 'own']), 'latest'),
  /** Ours. As the authors' code has it: all steps are computed for all tokens, and an exit only picks the state that is read. */
  exit_computes_all: v.optional(v.boolean(), false),
})
type Config = v.InferOutput<typeof ConfigSchema>

/**
 * Ouro (looped language models, arXiv 2510.25741): all layers of a Llama with sandwich norms, run `total_ut_steps` times
 * with K/V of their own, the final norm behind every step; a gate says after every step how likely a token leaves.
 */
export const ouro = defineFamily('ouro', ConfigSchema, compile)

async function compile(config: Config, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  refuseOthers(config, true)
  const shape = readShape(config, null)
  const plan = visitsOf(config)
  await writeGraphs(config, shape, plan, tensors, writer)
  return compiled(shape, { ...plan, registers: plan.registers(shape.hiddenSize) })
}

/** By the precedence of the authors' code: a step, then a threshold, then the mean. */
function visitsOf(config: Config): OuroVisits {
  const { num_hidden_layers: layers, total_ut_steps: steps, early_exit_step: step, early_exit_threshold: q } = config
  if (step != null && step >= 0 && step < steps) return fixedVisits(layers, step + 1, steps)
  if (q == null && config.use_weighted_exit) return mixingVisits(layers, steps)
  // a cumulated probability of float32 is compared with q as float32
  const least = q == null ? NEVER_LEAVES : -float32Below(Math.fround(q))
  if (config.exit_computes_all) return readingVisits(layers, steps, least)
  if (steps === 1) return fixedVisits(layers, 1, 1)
  return exitingVisits(layers, steps, least, config.exit_cache)
}

/** Below every score, which is minus a probability. */
const NEVER_LEAVES = -2

async function writeGraphs(
  config: Config,
  shape: LlamaShape,
  plan: OuroVisits,
  tensors: TensorReader,
  writer: ModelWriter,
): Promise<void> {
  const { hiddenSize } = shape
  const { table, head } = readEnds(tensors, shape, config.tie_word_embeddings)
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => {
    const prefix = `model.layers.${i}`
    return { matrices: tensors.llamaLayer(prefix, layerSizes(shape)), norms: sandwich(tensors, prefix, hiddenSize) }
  })
  const gate: ExitGate = {
    weight: tensors.floats('model.early_exit_gate.weight', [1, hiddenSize]),
    bias: tensors.floats('model.early_exit_gate.bias', [1]),
  }
  if (plan.mixes) {
    for (const last of [0, 1]) writer.constant(`last.${last}`, [1], Float32Array.of(last))
  }
  const stages: Record<string, Stage> = {
    enter: { table },
    step: {
      layers: (target) => layers.map(({ matrices, norms }) => ownLayer(target, matrices, norms)),
      closing: tensors.floats('model.norm.weight', [hiddenSize]),
      also: (target, state) => {
        if (plan.mixes) mixtureGate(target, state, gate)
        else exitGate(target, state, gate)
      },
    },
    leave: { head: { norm: null, matrix: head } },
  }
  for (const [name, stage] of Object.entries(stages)) {
    await writer.graph(name, { shape }, (target) => {
      buildStage(target, shape, stage)
    })
  }
  if (plan.visits.every(({ graph }) => graph !== 'take')) return
  await writer.graph('take', {}, (target) => {
    copyState(target, shape)
  })
}

/** The norms around attention and around the MLP. */
function sandwich(tensors: TensorReader, prefix: string, hidden: number): LayerNorms {
  return {
    ...readNorms(tensors, prefix, [hidden]),
    attentionOutputNorm: tensors.floats(`${prefix}.input_layernorm_2.weight`, [hidden]),
    mlpOutputNorm: tensors.floats(`${prefix}.post_attention_layernorm_2.weight`, [hidden]),
  }
}

/** Gives a state out as `taken`, for it to be kept elsewhere. */
function copyState({ graph }: Target, { hiddenSize }: LlamaShape): void {
  const wide = ['S', hiddenSize]
  graph.output(graph.input(PORT.state, 'float32', wide), 'taken', 'float32', wide)
}
