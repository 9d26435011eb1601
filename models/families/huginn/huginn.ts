import { recurrentGraphs } from '../../graphs/recurrent-depth.ts'
import { comparesStates, memoryOf } from '../../graphs/convergence.ts'
import type { RecurrentModel } from '../../graphs/recurrent-depth.ts'
import type { Matrix } from '../../graphs/matrix.ts'
import type { RecurrentBlock } from '../../graphs/recurrent-block.ts'
import type { Plan, Register, Visit } from '../../plan/plan.ts'
import { cachesOf, clears, leave, register, STATE, step, visit } from '../../plan/visit.ts'
import type { ModelWriter } from '../build.ts'
import type { Compiled } from '../family.ts'
import { defineFamily } from '../family.ts'
import { HuginnCaches } from './cache.ts'
import type { HuginnConfig } from './config.ts'
import { checkHuginn, HuginnConfigSchema } from './config.ts'
import type { TensorReader } from '../tensors.ts'

/**
 * Huginn (recurrent depth, arXiv 2502.05171): a prelude embeds, a core of blocks is applied again and again to a state
 * that begins at random and to the embedding, a coda speaks. A token stops when a step moves nothing any more.
 */
export const huginn = defineFamily('huginn_raven', HuginnConfigSchema, (config, tensors, writer) =>
  compile(checkHuginn(config), tensors, writer),
)

const EMBEDDED = 'embedded'
/** Built into the authors' code. */
const STOPS = [65504, 65505, 65508]

async function compile(config: HuginnConfig, tensors: TensorReader, writer: ModelWriter): Promise<Compiled> {
  const { steps, exit, n_embd: width, heads } = config
  const shape = {
    heads,
    kvHeads: heads,
    headDim: width / heads,
    hiddenSize: width,
    contextLength: config.block_size,
    epsilon: config.norm_eps,
    ropeTheta: config.rope_base,
  }
  const graphs = recurrentGraphs(shape, read(config, tensors), exit?.criterion ?? null)
  for (const [name, build] of Object.entries(graphs)) await writer.graph(name, build)
  const visits = visitsOf(config)
  return {
    vocabSize: config.vocab_size,
    hiddenSize: width,
    contextLength: config.block_size,
    maxDepth: steps,
    caches: cachesOf(visits, shape),
    registers: registersOf(config),
    visits,
    tail: visits.length - 1,
    prompts: speaks(config) ? 'tokens' : 'chunks',
    endTokens: STOPS.filter((id) => id < config.vocab_size),
    pace: exit ? { kind: 'exit', count: steps - 1, trained: leastOf(exit) } : { kind: 'fixed' },
    budget: {
      adjustable: exit !== null,
      trained: exit !== null,
      explanation: exit
        ? `How long each token may think: between one step and all ${steps}, by a threshold on how much a step still moves. It was trained over varying numbers of steps; with very few its answers get much worse.`
        : `Every token takes ${steps} ${steps === 1 ? 'step' : 'steps'}, as the model's configuration says.`,
    },
  }
}

/** A token goes on while its score is at least this. */
function leastOf({ criterion, threshold }: NonNullable<HuginnConfig['exit']>): number {
  return criterion === 'argmax-stability' ? 1 - Math.ceil(threshold) : threshold
}

function speaks({ exit }: HuginnConfig): boolean {
  return exit !== null && !comparesStates(exit.criterion)
}

function visitsOf(config: HuginnConfig): Visit[] {
  const { exit, steps } = config
  const caches = new HuginnCaches(config)
  const visits = [
    visit('enter', { keeps: { embedded: EMBEDDED }, cache: caches.prelude(), cost: config.n_layers_in_prelude }),
  ]
  for (let r = 0; r < steps; r++) {
    visits.push(
      step('core', {
        reads: { state: STATE, embedded: EMBEDDED },
        keeps: { next_state: STATE, ...(exit && !speaks(config) && { score: 'score' }) },
        cache: caches.core(r),
        admission: exit && r > 0 ? [clears(r - 1, 'score')] : [],
        refusal: 'tail',
        recursion: true,
        cost: config.n_layers_in_recurrent_block + (speaks(config) ? config.n_layers_in_coda : 0),
      }),
    )
    if (speaks(config) && r < steps - 1) {
      visits.push(
        step('check', {
          reads: { state: STATE, memory: 'memory' },
          keeps: { score: 'score', next_memory: 'memory' },
          cache: caches.coda('once'),
        }),
      )
    }
  }
  const latent = config.continuous_compute && !exit ? { latent: 'latent' } : {}
  return [...visits, leave('leave', { keeps: latent, cache: caches.coda('own'), cost: config.n_layers_in_coda })]
}

function registersOf(config: HuginnConfig): Plan['registers'] {
  const { n_embd: width, init_scale: scale, exit, continuous_compute: continuous } = config
  const state: Register = {
    width,
    // √(2 / 5D) · √D, cut at three deviations
    initial:
      scale === 0 ? { kind: 'value', value: 0 } : { kind: 'normal', deviation: Math.sqrt(2 / 5) * scale, cut: 3 },
    carries: continuous ? (exit ? STATE : 'latent') : null,
  }
  const memory = exit && speaks(config) ? memoryOf(exit.criterion, config.vocab_size) : null
  return {
    [STATE]: state,
    [EMBEDDED]: register(width),
    ...(exit && { score: register(1) }),
    ...(memory && { memory: register(memory.width, memory.initial) }),
    ...(continuous && !exit && { latent: register(width) }),
  }
}

function read(config: HuginnConfig, tensors: TensorReader): RecurrentModel {
  const { n_embd: width, intermediate_size: inner, heads, vocab_size: vocabulary } = config
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
    scale: config.init_values?.embed_scale ?? Math.sqrt(width),
    prelude: blocks('prelude', config.n_layers_in_prelude),
    adapter: tensors.matrix('transformer.adapter.weight', width, 2 * width),
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
