import type { Row, Sizes, Tensor, Tensors, Vector } from './llama.ts'
import { attend, plus, rms, rowOf, silu, times } from './llama.ts'

export interface Huginn {
  config: {
    n_embd: number
    n_layers_in_prelude: number
    n_layers_in_recurrent_block: number
    n_layers_in_coda: number
    rope_base: number
    norm_eps: number
  }
  sizes: Sizes
  tensors: Tensors
}

export interface HuginnRun {
  logits: Vector[]
  steps: number[]
}

/** Whether a token stops behind a step: told its states and what would be said. */
export type Stops = (now: Vector, before: Vector, logits: () => Vector, step: number) => boolean

/**
 * Reads tokens one by one, each with its own number of steps.
 * @param first the state that a position begins with
 * @param latest what a token sees, at a step that another did not take, of it: its deepest row of that block, or nothing
 */
export function runHuginn(
  model: Huginn,
  ids: readonly number[],
  first: (position: number) => Vector,
  most: number,
  stops: Stops,
  latest: boolean,
): HuginnRun {
  const { config, tensors } = model
  const caches = new Map<string, Map<number, Row>>()
  const norm = (x: Vector): Vector => rms(x, tensors['transformer.ln_f.weight']!, config.norm_eps)
  const head = tensors['lm_head.weight'] ?? tensors['transformer.wte.weight']!
  const blocks = (x: Vector, part: string, count: number, position: number, step: number): Vector => {
    for (let i = 0; i < count; i++) x = block(model, x, `${part}.${i}`, position, step, caches, latest)
    return x
  }
  const run: HuginnRun = { logits: [], steps: [] }
  ids.forEach((id, position) => {
    const embedded = blocks(
      rowOf(tensors['transformer.wte.weight']!, id).map((value) => value * Math.sqrt(config.n_embd)),
      'prelude',
      config.n_layers_in_prelude,
      position,
      0,
    )
    const logits = (state: Vector): Vector =>
      times(head, norm(blocks(norm(state), 'coda', config.n_layers_in_coda, position, 0)))
    let state = first(position)
    let step = 0
    for (;;) {
      const before = state
      const adapted = times(tensors['transformer.adapter.weight']!, [...state, ...embedded])
      state = blocks(adapted, 'core_block', config.n_layers_in_recurrent_block, position, step)
      step++
      const now = state
      if (step === most || stops(now, before, () => logits(now), step)) break
    }
    run.logits.push(logits(state))
    run.steps.push(step)
  })
  return run
}

function block(
  { config, sizes, tensors }: Huginn,
  x: Vector,
  name: string,
  position: number,
  step: number,
  caches: Map<string, Map<number, Row>>,
  latest: boolean,
): Vector {
  const weight = (leaf: string): Tensor => tensors[`transformer.${name}.${leaf}`]!
  const norm = (value: Vector, i: number): Vector => rms(value, weight(`norm_${i}.weight`), config.norm_eps)
  const width = x.length
  const qkv = times(weight('attn.Wqkv.weight'), norm(x, 1))
  const bias = tensors[`transformer.${name}.attn.qk_bias`]
  const turned = (at: number): Vector => {
    const part = qkv.slice(at * width, (at + 1) * width)
    const biased = bias ? plus(part, [...bias.values.subarray(at * width, (at + 1) * width)]) : part
    return pairsRotated(biased, position, sizes)
  }
  const slot = (at: number): Map<number, Row> => {
    const key = `${name} ${at}`
    if (!caches.has(key)) caches.set(key, new Map())
    return caches.get(key)!
  }
  slot(step).set(position, { key: turned(1), value: qkv.slice(2 * width) })
  const seen: Row[] = []
  for (let other = 0; other <= position; other++) {
    let row = slot(step).get(other)
    for (let at = step - 1; latest && !row && at >= 0; at--) row = slot(at).get(other)
    if (row) seen.push(row)
  }
  const attended = times(weight('attn.proj.weight'), attend(turned(0), seen, sizes))
  const between = norm(plus(attended, x), 2)
  const both = times(weight('mlp.fc.weight'), norm(between, 3))
  const inner = both.length / 2
  const active = both.slice(0, inner).map((value, i) => silu(value) * both[inner + i]!)
  return norm(plus(times(weight('mlp.proj.weight'), active), between), 4)
}

/** Pairs (2i, 2i + 1) of each head. */
function pairsRotated(x: Vector, position: number, { headDim, theta }: Sizes): Vector {
  return x.map((value, at) => {
    const i = Math.floor((at % headDim) / 2)
    const angle = position * theta ** ((-2 * i) / headDim)
    const other = at % 2 === 0 ? -x[at + 1]! : x[at - 1]!
    return value * Math.cos(angle) + other * Math.sin(angle)
  })
}
