import type { Part } from '../graphs/matrix.ts'

/** Where the parts of a Llama layer lie under its prefix, in transformers' names. */
export const PART_NAMES: Readonly<Record<Part, string>> = {
  q: 'self_attn.q_proj',
  k: 'self_attn.k_proj',
  v: 'self_attn.v_proj',
  o: 'self_attn.o_proj',
  gate: 'mlp.gate_proj',
  up: 'mlp.up_proj',
  down: 'mlp.down_proj',
}
export const PARTS = Object.keys(PART_NAMES) as Part[]

/** The sizes that one layer depends on. */
export interface LayerSizes {
  hidden: number
  heads: number
  kvHeads: number
  headDim: number
  intermediate: number
}

/** Rows and columns of each part. */
export function partSize(d: LayerSizes, part: Part): [rows: number, cols: number] {
  const [q, kv] = [d.heads * d.headDim, d.kvHeads * d.headDim]
  switch (part) {
    case 'q':
      return [q, d.hidden]
    case 'k':
    case 'v':
      return [kv, d.hidden]
    case 'o':
      return [d.hidden, q]
    case 'gate':
    case 'up':
      return [d.intermediate, d.hidden]
    case 'down':
      return [d.hidden, d.intermediate]
  }
}
