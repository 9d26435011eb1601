import { recurrentGraphs } from '../../graphs/recurrent-depth.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../compiled.ts'
import { compiled } from '../compiled.ts'
import { defineFamily } from '../family.ts'
import type { HuginnConfig } from './config.ts'
import { checkHuginn, HuginnConfigSchema } from './config.ts'
import { layoutOf, readRecurrent } from './layouts.ts'
import { readsPrompts, recurrentRegisters, recurrentVisits, skipsChecks, thresholdsOf } from './visits.ts'
import type { TensorReader } from '../tensors.ts'

/**
 * Huginn (recurrent depth, arXiv 2502.05171): a prelude embeds, a core of blocks is applied again and again to a state
 * that begins at random and to the embedding, a coda speaks. A token stops when a step moves nothing any more. Blocks are
 * Huginn's own or, in models made of a dense one (arXiv 2511.07384), that one's layers.
 */
export const huginn = defineFamily('huginn_raven', HuginnConfigSchema, (config, tensors, writer) =>
  compile(checkHuginn(config, layoutOf(tensors)), tensors, writer),
)

/** begin_text, end_text and end_turn of the released vocabulary: the authors' code ends an answer at them. */
const END_TOKENS = [65_504, 65_505, 65_508]

async function compile(config: HuginnConfig, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const { steps, exit } = config
  const shape = {
    vocabSize: config.vocabulary,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    hiddenSize: config.n_embd,
    intermediateSize: config.intermediate_size,
    contextLength: config.block_size,
    epsilon: config.norm_eps,
    ...config.rope,
  }
  const graphs = recurrentGraphs(
    shape,
    readRecurrent(config, shape, tensors),
    exit && { criterion: exit.criterion, skips: skipsChecks(exit) },
  )
  for (const [name, build] of Object.entries(graphs)) await writer.graph(name, { shape }, build)
  return compiled(shape, {
    maxDepth: steps,
    visits: recurrentVisits(config),
    registers: recurrentRegisters(config),
    prompts: readsPrompts(config),
    policy: exit ? { kind: 'exit', count: thresholdsOf(exit), trained: exit.least } : { kind: 'fixed' },
    trained: exit !== null,
    explanation: exit
      ? `How long each token may think: between ${counted(1 + exit.checked.indexOf(true))} and all ${steps}, by a threshold on how much a step still moves. It was trained over varying numbers of steps; with very few its answers get much worse.`
      : `Every token takes ${counted(steps)}, as the model's configuration says.`,
    endTokens: config.layout === 'huginn' ? END_TOKENS.filter((id) => id < config.vocabulary) : [],
  })
}

function counted(steps: number): string {
  return steps === 1 ? 'one step' : `${steps} steps`
}
