import type { Row, Sizes, Tensor, Tensors, Vector } from './llama.ts'
import { attend, plus, rms, rotated, rowOf, silu, times } from './llama.ts'

/** Whose blocks they are: Huginn's own, or those of the dense model that it was made of. */
export type Layout = 'huginn' | 'llama' | 'olmo2'

export interface Huginn {
  config: {
    n_embd: number
    n_layers_in_prelude: number
    n_layers_in_recurrent_block: number
    n_layers_in_coda: number
    rope_base: number
    norm_eps: number
    init_values?: { embed_scale: number } | undefined
  }
  layout: Layout
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
 * @param lookup the authors' name of how rows of other tokens are looked up
 */
export function runHuginn(
  model: Huginn,
  ids: readonly number[],
  first: (position: number) => Vector,
  most: number,
  stops: Stops,
  lookup: string,
): HuginnRun {
  const { config, tensors } = model
  const { n_layers_in_prelude: prelude, n_layers_in_recurrent_block: core } = config
  const cache = new Cache(lookup, prelude, core)
  const scale = config.init_values?.embed_scale ?? Math.sqrt(config.n_embd)
  const norm = (x: Vector): Vector => rms(x, tensors['transformer.ln_f.weight']!, config.norm_eps)
  const head = tensors['lm_head.weight'] ?? tensors['transformer.wte.weight']!
  const blocks = (x: Vector, part: string, count: number, position: number, index: (i: number) => number): Vector => {
    for (let i = 0; i < count; i++) x = block(model, x, `${part}.${i}`, position, index(i), cache)
    return x
  }
  const run: HuginnRun = { logits: [], steps: [] }
  ids.forEach((id, position) => {
    const embedded = blocks(
      rowOf(tensors['transformer.wte.weight']!, id).map((value) => value * scale),
      'prelude',
      prelude,
      position,
      (i) => i,
    )
    const logits = (state: Vector): Vector =>
      times(
        head,
        norm(
          blocks(
            model.layout === 'huginn' ? norm(state) : state,
            'coda',
            config.n_layers_in_coda,
            position,
            (i) => -1 - i,
          ),
        ),
      )
    let state = first(position)
    let step = 0
    for (;;) {
      const before = state
      const product = times(tensors['transformer.adapter.weight']!, [...state, ...embedded])
      const bias = tensors['transformer.adapter.bias']
      const start = prelude + step * core
      state = blocks(bias ? plus(product, [...bias.values]) : product, 'core_block', core, position, (i) => start + i)
      step++
      const now = state
      if (step === most || stops(now, before, () => logits(now), step)) break
    }
    run.logits.push(logits(state))
    run.steps.push(step)
  })
  return run
}

function block(model: Huginn, ...rest: [Vector, string, number, number, Cache]): Vector {
  return model.layout === 'huginn' ? ownBlock(model, ...rest) : denseBlock(model, ...rest)
}

/** Norms before attention and the MLP in a Llama, behind them in an OLMo 2; RoPE by halves; fewer heads of K/V. */
function denseBlock(
  { config, sizes, tensors, layout }: Huginn,
  x: Vector,
  name: string,
  position: number,
  index: number,
  cache: Cache,
): Vector {
  const weight = (leaf: string): Tensor => tensors[`transformer.${name}.${leaf}`]!
  const norm = (value: Vector, leaf: string): Vector => rms(value, weight(`${leaf}.weight`), config.norm_eps)
  const before = (value: Vector, leaf: string): Vector => (layout === 'llama' ? norm(value, leaf) : value)
  const behind = (value: Vector, leaf: string): Vector => (layout === 'olmo2' ? norm(value, leaf) : value)
  const qkv = times(weight('attn.Wqkv.weight'), before(x, 'norm_1'))
  const [q, kv] = [sizes.heads * sizes.headDim, sizes.kvHeads * sizes.headDim]
  const turned = (part: Vector, leaf: string): Vector => rotated(behind(part, leaf), position, sizes)
  const row = { key: turned(qkv.slice(q, q + kv), 'attn.k_norm'), value: qkv.slice(q + kv) }
  const seen = cache.update(row, position, index)
  const attended = times(weight('attn.proj.weight'), attend(turned(qkv.slice(0, q), 'attn.q_norm'), seen, sizes))
  const between = plus(x, behind(attended, 'norm_1'))
  const both = times(weight('mlp.fc.weight'), before(between, 'norm_2'))
  const inner = both.length / 2
  const active = both.slice(0, inner).map((value, i) => silu(value) * both[inner + i]!)
  return plus(between, behind(times(weight('mlp.proj.weight'), active), 'norm_2'))
}

function ownBlock(
  { config, sizes, tensors }: Huginn,
  x: Vector,
  name: string,
  position: number,
  index: number,
  cache: Cache,
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
  const seen = cache.update({ key: turned(1), value: qkv.slice(2 * width) }, position, index)
  const attended = times(weight('attn.proj.weight'), attend(turned(0), seen, sizes))
  const between = norm(plus(attended, x), 2)
  const both = times(weight('mlp.fc.weight'), norm(between, 3))
  const inner = both.length / 2
  const active = both.slice(0, inner).map((value, i) => silu(value) * both[inner + i]!)
  return norm(plus(times(weight('mlp.proj.weight'), active), between), 4)
}

/** The authors' cache: slot → position → row, for tokens that come one by one. */
class Cache {
  private readonly lookup: string
  private readonly prelude: number
  private readonly core: number
  private readonly slots = new Map<number, Map<number, Row>>()

  constructor(lookup: string, prelude: number, core: number) {
    this.lookup = lookup
    this.prelude = prelude
    this.core = core
  }

  /** Keeps the row of a position and gives those that it sees. */
  update(row: Row, position: number, index: number): Row[] {
    const slot = this.slotOf(index)
    const mine = this.slots.get(slot) ?? new Map<number, Row>()
    this.slots.set(slot, mine.set(position, row))
    const { lookup } = this
    if (mine.size === position + 1 || lookup === 'full' || lookup.startsWith('skip')) return [...mine.values()]
    if (lookup === 'latest') {
      return Array.from({ length: position + 1 }, (_, other) => {
        const steps = [...this.slots.keys()].filter(
          (at) => at >= this.prelude && at <= slot && (at - slot) % this.core === 0 && this.slots.get(at)!.has(other),
        )
        return this.slots.get(Math.max(...steps))!.get(other)!
      })
    }
    const isLast = lookup === 'always-last-m4'
    if (!isLast && !/^(latest|available)-m4/.test(lookup)) throw new Error(`some token lacks slot ${slot}`)
    return Array.from({ length: position + 1 }, (_, other) => {
      const candidates = [...this.slots.keys()].filter((at) => at >= 2 && at % 4 === slot % 4 && (isLast || at <= slot))
      const deepest = Math.max(...candidates.filter((at) => this.slots.get(at)!.has(other)))
      return this.slots.get(deepest)!.get(other)!
    })
  }

  private slotOf(index: number): number {
    const how = this.lookup.split('compress-')[1]
    if (how === undefined || index < 2) return index
    if (how === 'anchor') return index - 2 < 32 ? index : 34 + ((index - 34) % 4)
    const size = Number(how.slice(1))
    return how.startsWith('s') ? ((index - 2) % size) + 2 : Math.floor((index - 2) / size) + 2
  }
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
