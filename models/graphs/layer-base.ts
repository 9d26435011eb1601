import type { Matrix, Part } from './matrix.ts'

/** What belongs to a layer beside its matrices, whatever visits it. */
export interface LayerBase {
  name: string
  /** What is added to a map's products [rows]. */
  biases?: Readonly<Partial<Record<Part, Float32Array>>>
  /** RMSNorm weights before RoPE: [headDim] over every head of q and of k, or [heads · headDim] over all of each. */
  headNorms?: { q: Float32Array; k: Float32Array }
  /** [heads · headDim, D]: its sigmoid on the layer's normed input multiplies what attention gives, before `o`. */
  attentionGate?: Matrix
}
