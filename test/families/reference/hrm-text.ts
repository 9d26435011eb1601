import type { Row, Sizes, Tensors, Tokens, Vector } from './llama.ts'
import { attention, causal, mlp, plus, rms, rowOf, times } from './llama.ts'

export interface HrmText {
  sizes: Sizes
  layers: number
  high: number
  low: number
  scale: number
  epsilon: number
  tensors: Tensors
}

/** Logits [tokens][V]. @param prefix positions below it see each other both ways */
export function hrmLogits(model: HrmText, ids: readonly number[], prefix = 0): Vector[] {
  const { sizes, epsilon, tensors, scale } = model
  const visible = (position: number, other: number): boolean =>
    causal(position, other) || (position < prefix && other < prefix)
  const stack = (module: string, input: Vector[]): Vector[] => {
    let state = input
    for (let layer = 0; layer < model.layers; layer++) {
      const weight = (leaf: string) => tensors[`model.${module}.layers.${layer}.${leaf}`]!
      const normed = state.map((x) => rms(x, null, epsilon))
      const own = { sizes, weight: (leaf: string) => weight(`self_attn.${leaf}`), visible, gated: true }
      const { out }: { out: Tokens<Vector>; rows: Tokens<Row> } = attention(normed, own)
      state = state.map((x, t) => plus(x, out[t]!))
      state = state.map((x) =>
        plus(
          x,
          mlp(rms(x, null, epsilon), (leaf) => weight(`mlp.${leaf}`)),
        ),
      )
    }
    return state.map((x) => rms(x, null, epsilon))
  }
  const sum = (a: Vector[], b: Vector[]): Vector[] => a.map((x, t) => plus(x, b[t]!))
  let high = ids.map((id) => rowOf(tensors['model.embed_tokens.weight']!, id).map((value) => value * scale))
  let low = ids.map(() => [...tensors['model.z_L_init']!.values])
  for (let h = 0; h < model.high; h++) {
    for (let l = 0; l < model.low; l++) low = stack('L_module', sum(low, high))
    high = stack('H_module', sum(high, low))
  }
  return high.map((x) => times(tensors['lm_head.weight'] ?? tensors['model.embed_tokens.weight']!, x))
}
