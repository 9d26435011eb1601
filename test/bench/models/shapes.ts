/** A MoR as measured here, and so the dense Llama that it unrolls to. */
export interface Shape {
  /** As it appears in tables and in names of files. */
  name: string
  hidden: number
  /** Of the MLP. */
  inner: number
  heads: number
  kvHeads: number
  headDim: number
  /** Layers of the shared block. */
  blockLayers: number
  recursions: number
  vocabulary: number
  routerWidth: number
}

/** SmolLM2-135M's width and vocabulary. */
export const LARGE: Shape = {
  name: 'mor-135m',
  hidden: 576,
  inner: 1536,
  heads: 9,
  kvHeads: 3,
  headDim: 64,
  blockLayers: 9,
  recursions: 3,
  vocabulary: 49_152,
  routerWidth: 64,
}

/** That of the small model in test/models/tiny. */
export const SMALL: Shape = {
  name: 'small',
  hidden: 256,
  inner: 768,
  heads: 4,
  kvHeads: 2,
  headDim: 64,
  blockLayers: 2,
  recursions: 3,
  vocabulary: 4096,
  routerWidth: 64,
}

export const SHAPES = [LARGE, SMALL] as const

/** Positions that both sides reserve room for: more than any bench of contexts uses. */
export const CONTEXT = 4096

export const ROPE_THETA = 10_000
export const EPSILON = 1e-5

/** Layers that a token runs at a depth (mean depths too), the first and the last one included. */
export function layersAt(shape: Shape, depth: number): number {
  return 2 + shape.blockLayers * depth
}

/** What attention and MLP multiply with in one layer, rows × columns, by transformers' names. */
export function layerMatrices(shape: Shape): Record<string, [rows: number, cols: number]> {
  const { hidden, inner, heads, kvHeads, headDim } = shape
  return {
    'self_attn.q_proj': [heads * headDim, hidden],
    'self_attn.k_proj': [kvHeads * headDim, hidden],
    'self_attn.v_proj': [kvHeads * headDim, hidden],
    'self_attn.o_proj': [hidden, heads * headDim],
    'mlp.gate_proj': [inner, hidden],
    'mlp.up_proj': [inner, hidden],
    'mlp.down_proj': [hidden, inner],
  }
}
