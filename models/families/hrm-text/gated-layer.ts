import type { LayerMatrices } from '../../graphs/llama-layer.ts'
import type { Matrix } from '../../graphs/matrix.ts'
import { slice } from '../../graphs/matrix.ts'
import type { LlamaShape } from '../llama.ts'
import type { TensorReader } from '../tensors.ts'

/**
 * A layer with gated attention in either of its spellings: as transformers holds it (`self_attn.gate_proj`, …), or as it
 * is published, with rows of gate, q, k and v in `attn.gqkv_proj` and those of gate and up in `mlp.gate_up_proj`.
 */
export function readGatedLayer(tensors: TensorReader, prefix: string, shape: LlamaShape): LayerMatrices {
  const { hiddenSize: hidden, heads, kvHeads, headDim, intermediateSize: inner } = shape
  const [wide, kv] = [heads * headDim, kvHeads * headDim]
  /** Matrices that lie apart, or one below the other in `fused`. */
  const parts = <Name extends string>(fused: string, sizes: Record<Name, number>): Record<Name, Matrix> => {
    const entries = Object.entries<number>(sizes)
    const all = entries.reduce((sum, [, rows]) => sum + rows, 0)
    const whole = tensors.has(fused) ? tensors.matrix(fused, all, hidden) : null
    let from = 0
    const read = ([leaf, rows]: [string, number]): [string, Matrix] => {
      const name = `${prefix}.${leaf}.weight`
      const matrix = whole ? slice(name, whole, from, rows) : tensors.matrix(name, rows, hidden)
      from += rows
      return [leaf, matrix]
    }
    return Object.fromEntries(entries.map(read)) as Record<Name, Matrix>
  }
  const attention = parts(`${prefix}.attn.gqkv_proj.weight`, {
    'self_attn.gate_proj': wide,
    'self_attn.q_proj': wide,
    'self_attn.k_proj': kv,
    'self_attn.v_proj': kv,
  })
  const mlp = parts(`${prefix}.mlp.gate_up_proj.weight`, { 'mlp.gate_proj': inner, 'mlp.up_proj': inner })
  const published = `${prefix}.attn.o_proj.weight`
  const output = tensors.has(published) ? published : `${prefix}.self_attn.o_proj.weight`
  return {
    name: prefix,
    q: attention['self_attn.q_proj'],
    k: attention['self_attn.k_proj'],
    v: attention['self_attn.v_proj'],
    o: tensors.matrix(output, hidden, wide),
    gate: mlp['mlp.gate_proj'],
    up: mlp['mlp.up_proj'],
    down: tensors.matrix(`${prefix}.mlp.down_proj.weight`, hidden, inner),
    attentionGate: attention['self_attn.gate_proj'],
  }
}
