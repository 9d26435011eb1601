import type { Matrix } from '../../graphs/matrix.ts'
import type { RecurrentBlock } from '../../graphs/recurrent-block.ts'
import type { RecurrentModel } from '../../graphs/recurrent-depth.ts'
import { recurrentGraphs } from '../../graphs/recurrent-depth.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../compiled.ts'
import { compiled } from '../compiled.ts'
import { defineFamily } from '../family.ts'
import type { HuginnConfig } from './config.ts'
import { checkHuginn, HuginnConfigSchema } from './config.ts'
import { readsPrompts, recurrentRegisters, recurrentVisits, skipsChecks, thresholdsOf } from './visits.ts'
import type { TensorReader } from '../tensors.ts'

/**
 * Huginn (recurrent depth, arXiv 2502.05171): a prelude embeds, a core of blocks is applied again and again to a state
 * that begins at random and to the embedding, a coda speaks. A token stops when a step moves nothing any more.
 */
export const huginn = defineFamily('huginn_raven', HuginnConfigSchema, (config, tensors, writer) =>
  compile(checkHuginn(config), tensors, writer),
)

/** begin_text, end_text and end_turn of the released vocabulary: the authors' code ends an answer at them. */
const END_TOKENS = [65_504, 65_505, 65_508]

async function compile(config: HuginnConfig, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const { steps, exit, n_embd: width, heads } = config
  const shape = {
    vocabSize: config.vocabulary,
    heads,
    kvHeads: heads,
    headDim: width / heads,
    hiddenSize: width,
    contextLength: config.block_size,
    epsilon: config.norm_eps,
    ropeTheta: config.rope_base,
  }
  const graphs = recurrentGraphs(
    shape,
    read(config, tensors),
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
    endTokens: END_TOKENS.filter((id) => id < config.vocabulary),
  })
}

function counted(steps: number): string {
  return steps === 1 ? 'one step' : `${steps} steps`
}

function read(config: HuginnConfig, tensors: TensorReader): RecurrentModel {
  const { n_embd: width, intermediate_size: inner, heads, vocabulary } = config
  const block = (name: string): RecurrentBlock => {
    const norm = (i: number): Float32Array => tensors.floats(`${name}.norm_${i}.weight`, [width])
    return {
      name,
      norms: [norm(1), norm(2), norm(3), norm(4)],
      qkv: tensors.matrix(`${name}.attn.Wqkv.weight`, 3 * width, width),
      bias: config.qk_bias ? tensors.floats(`${name}.attn.qk_bias`, [2, 1, heads, width / heads]) : null,
      attentionOutput: tensors.matrix(`${name}.attn.proj.weight`, width, width),
      gateUp: tensors.matrix(`${name}.mlp.fc.weight`, 2 * inner, width),
      mlpOutput: tensors.matrix(`${name}.mlp.proj.weight`, width, inner),
    }
  }
  const blocks = (name: string, count: number): RecurrentBlock[] =>
    Array.from({ length: count }, (_, i) => block(`transformer.${name}.${i}`))
  // a buffer of the authors' code that follows from the configuration
  tensors.buffer('freqs_cis', [1, config.block_size, 1, width / heads / 2, 2])
  const table = tensors.matrix('transformer.wte.weight', vocabulary, width)
  return {
    table,
    scale: Math.sqrt(width),
    prelude: blocks('prelude', config.n_layers_in_prelude),
    adapter: tensors.matrix('transformer.adapter.weight', width, 2 * width),
    adapterBias: config.bias ? tensors.floats('transformer.adapter.bias', [width]) : null,
    core: blocks('core_block', config.n_layers_in_recurrent_block),
    coda: blocks('coda', config.n_layers_in_coda),
    finalNorm: tensors.floats('transformer.ln_f.weight', [width]),
    head: readHead(config, tensors, table),
  }
}

/** Saved files may lack a tied head, or hold it again. */
function readHead({ tie_embeddings: tied }: HuginnConfig, tensors: TensorReader, table: Matrix): Matrix {
  const dims = [table.rows, table.cols] as const
  if (!tied) return tensors.matrix('lm_head.weight', ...dims)
  if (tensors.has('lm_head.weight')) tensors.copy('lm_head.weight', table.name, dims)
  return table
}
