import { expect, onTestFinished } from 'vitest'
import type { Feeding } from '../../../models/parity/feeding.ts'
import { FEEDINGS } from '../../../models/parity/feeding.ts'
import type { Subject } from '../../../models/parity/subject.ts'
import { observe } from '../../../models/parity/observe.ts'
import { loadSubject } from '../../../models/parity/subject.ts'
import { relativeError } from '../../../models/parity/report.ts'
import { temporaryFolder } from '../../models/support.ts'
import type { Huginn, Layout, Stops } from './huginn.ts'
import { runHuginn } from './huginn.ts'
import type { Vector } from './llama.ts'
import { modelFolder, randomIds, randomTensors } from './random.ts'

const SMALL = {
  model_type: 'huginn_raven',
  n_embd: 16,
  n_heads: 4,
  n_layers_in_prelude: 1,
  n_layers_in_recurrent_block: 2,
  n_layers_in_coda: 1,
  intermediate_size: 20,
  vocab_size: 30,
  block_size: 64,
  norm_eps: 1e-6,
  rope_base: 50_000,
  mean_recurrence: 6,
  tie_embeddings: true,
  qk_bias: true,
  bias: false,
}
export type Config = typeof SMALL & {
  num_key_value_heads?: number
  head_dim?: number
  init_values?: { std: number; embed_scale: number }
}
export type Settings = Record<string, unknown>

export interface Built {
  folder: string
  model: Huginn
  ids: number[]
}

export function build(seed: number, fields: Partial<Config>, layout: Layout = 'huginn'): Built {
  const config: Config = { ...SMALL, ...fields }
  const { n_embd: d, n_heads: heads, intermediate_size: m } = config
  const { num_key_value_heads: kvHeads = heads, head_dim: headDim = d / heads } = config
  const shapes: Record<string, number[]> = {
    'transformer.wte.weight': [config.vocab_size, d],
    'transformer.adapter.weight': [d, 2 * d],
    'transformer.ln_f.weight': [d],
  }
  if (config.bias) shapes['transformer.adapter.bias'] = [d]
  if (!config.tie_embeddings) shapes['lm_head.weight'] = [config.vocab_size, d]
  const parts = {
    prelude: config.n_layers_in_prelude,
    core_block: config.n_layers_in_recurrent_block,
    coda: config.n_layers_in_coda,
  }
  for (const [part, count] of Object.entries(parts)) {
    for (let i = 0; i < count; i++) {
      const at = `transformer.${part}.${i}`
      for (const n of layout === 'huginn' ? [1, 2, 3, 4] : [1, 2]) shapes[`${at}.norm_${n}.weight`] = [d]
      shapes[`${at}.attn.Wqkv.weight`] = [(heads + 2 * kvHeads) * headDim, d]
      if (config.qk_bias) shapes[`${at}.attn.qk_bias`] = [2, 1, heads, d / heads]
      if (layout === 'olmo2') {
        shapes[`${at}.attn.q_norm.weight`] = [heads * headDim]
        shapes[`${at}.attn.k_norm.weight`] = [kvHeads * headDim]
      }
      shapes[`${at}.attn.proj.weight`] = [d, heads * headDim]
      shapes[`${at}.mlp.fc.weight`] = [2 * m, d]
      shapes[`${at}.mlp.proj.weight`] = [d, m]
    }
  }
  const tensors = randomTensors(seed, shapes)
  const sizes = { heads, kvHeads, headDim, theta: config.rope_base }
  return {
    folder: modelFolder(config, tensors),
    model: { config, layout, sizes, tensors },
    ids: randomIds(seed + 1, 9, config.vocab_size),
  }
}

/** A state of its own for every position, the same in the runtime and in the port. */
function firstState(position: number, width: number): Vector {
  return Array.from({ length: width }, (_, i) => Math.fround(Math.sin(7 * position + 3 * i + 1)))
}

export async function load(folder: string, settings: Settings): Promise<Subject> {
  const subject = await loadSubject(folder, { cacheFolder: temporaryFolder(), provider: 'cpu' }, false, settings)
  onTestFinished(() => subject.release())
  return subject
}

/** Whether the runtime reads as the port does, in every way. @returns steps of each token */
export async function expectSame(
  { folder, model, ids }: Built,
  settings: Settings & { num_steps: number; cache_lookup_strategy?: string },
  stops: Stops,
  feedings: readonly Feeding[] = FEEDINGS,
): Promise<number[]> {
  const width = model.config.n_embd
  const lookup = settings.cache_lookup_strategy ?? 'full'
  const expected = runHuginn(model, ids, (position) => firstState(position, width), settings.num_steps, stops, lookup)
  const subject = await load(folder, settings)
  const options = () => ({
    initial: (name: string, position: number) =>
      name === 'state' || name === 'checked' ? Float32Array.from(firstState(position, width)) : null,
  })
  for (const feeding of feedings) {
    const { values } = await observe(subject, ids, feeding, { options })
    expect([...values.get('depth')!]).toEqual(expected.steps)
    expect(relativeError(values.get('logits'), Float32Array.from(expected.logits.flat()))).toBeLessThan(3e-5)
  }
  return expected.steps
}

const length = (x: Vector): number => Math.hypot(...x)

/** |now − before| / |now| */
export function moved(now: Vector, before: Vector): number {
  return length(now.map((x, i) => x - before[i]!)) / length(now)
}

export const never: Stops = () => false

/** The blocks that the authors' look-ups count on. */
export const RELEASED = { n_layers_in_prelude: 2, n_layers_in_recurrent_block: 4, n_layers_in_coda: 2 }
