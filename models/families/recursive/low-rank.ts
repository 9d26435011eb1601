import type { GraphBuilder } from '../../graphs/builder.ts'
import type { LayerExtras } from '../../graphs/llama-layer.ts'
import type { Part } from '../../graphs/matrix.ts'
import { runs } from '../../graphs/matrix.ts'
import type { ModelWriter } from '../build.ts'
import type { LlamaShape } from '../llama.ts'
import { layerSizes } from '../llama.ts'
import { PART_NAMES, partSize } from '../llama-parts.ts'
import type { RelaxationConfig } from './config.ts'
import type { Relaxed, SharedLayer } from './relaxed.ts'
import type { TensorReader } from '../tensors.ts'

type LowRankConfig = Extract<RelaxationConfig, { method: 'lora' | 'dora' }>

/** Maps that a graph runs as one multiplication, with what their adapters need together. */
interface Fused {
  parts: readonly Part[]
  rows: number
  cols: number
  /** Sum over the maps of the largest rank that any visit has. */
  rank: number
}

/**
 * LoRA and DoRA on a shared layer: at each visit y = x·Wᵀ + x·Aᵀ·Bᵀ with matrices of that visit, the scaling in B. DoRA
 * multiplies y by m / ‖W + B·A‖ row by row. Maps that run as one have one A and a block-diagonal B; one without an
 * adapter has zeros in B and a factor of 1.
 */
export class LowRank implements Relaxed {
  private readonly config: LowRankConfig
  private readonly layer: SharedLayer
  private readonly shape: LlamaShape
  private readonly tensors: TensorReader
  private readonly fused = new Map<string, Fused>()

  constructor(config: LowRankConfig, layer: SharedLayer, shape: LlamaShape, tensors: TensorReader) {
    this.config = config
    this.layer = layer
    this.shape = shape
    this.tensors = tensors
  }

  nameOf(r: number, part: Part): string {
    const { prefix, adapter } = this.module(r, part)
    return adapter ? `${prefix}.${this.config.base_suffix}` : `${prefix}.weight`
  }

  extras(graph: GraphBuilder, i: number): LayerExtras {
    return {
      adapt: (x, product, parts) => {
        const rank = parts.reduce((sum, part) => sum + this.rankOf(part), 0)
        if (rank === 0) return product
        const sizes = parts.map((part) => partSize(layerSizes(this.shape), part))
        const [rows, cols] = [sizes.reduce((sum, [own]) => sum + own, 0), sizes[0]![1]]
        const key = parts.join('_')
        this.fused.set(key, { parts, rows, cols, rank })
        const input = (leaf: string, dims: number[]): string =>
          graph.input(`adapter.${i}.${key}.${leaf}`, 'float32', dims)
        const low = graph.node('MatMul', [x, input('a', [cols, rank])])
        const sum = graph.node('Add', [product, graph.node('MatMul', [low, input('b', [rank, rows])])])
        return this.config.method === 'dora' ? graph.node('Mul', [sum, input('scale', [rows])]) : sum
      },
    }
  }

  constants(writer: ModelWriter, i: number, r: number): Record<string, string> {
    const bindings: Record<string, string> = {}
    for (const [key, { parts, rows, cols, rank }] of this.fused) {
      const a = new Float32Array(cols * rank)
      const b = new Float32Array(rank * rows)
      const scale = new Float32Array(rows).fill(1)
      let [row, column] = [0, 0]
      for (const part of parts) {
        const [own] = partSize(layerSizes(this.shape), part)
        this.place(r, part, { a, b, scale: scale.subarray(row, row + own), rank, rows, row, column })
        row += own
        column += this.rankOf(part)
      }
      const bind = (leaf: string, dims: number[], values: Float32Array): void => {
        const name = `${this.layer.prefixes[r]}.adapter.${key}.${leaf}`
        bindings[`adapter.${i}.${key}.${leaf}`] = writer.constant(name, dims, values)
      }
      bind('a', [cols, rank], a)
      bind('b', [rank, rows], b)
      if (this.config.method === 'dora') bind('scale', [rows], scale)
    }
    return bindings
  }

  private module(r: number, part: Part): { prefix: string; adapter: { rank: number; scaling: number } | undefined } {
    const prefix = `${this.layer.prefixes[r]}.${PART_NAMES[part]}`
    return { prefix, adapter: this.config.modules[prefix] }
  }

  private rankOf(part: Part): number {
    return Math.max(...this.layer.prefixes.map((_, r) => this.module(r, part).adapter?.rank ?? 0))
  }

  /** Puts the adapter of one map at its place in Aᵀ, Bᵀ and the factors. */
  private place(
    r: number,
    part: Part,
    into: {
      a: Float32Array
      b: Float32Array
      scale: Float32Array
      rank: number
      rows: number
      row: number
      column: number
    },
  ): void {
    const { prefix, adapter } = this.module(r, part)
    if (!adapter) return
    const { config, tensors } = this
    const [rows, cols] = partSize(layerSizes(this.shape), part)
    const a = tensors.floats(`${prefix}.${config.a_suffix}`, [adapter.rank, cols])
    const b = tensors.floats(`${prefix}.${config.b_suffix}`, [rows, adapter.rank]).map((x) => x * adapter.scaling)
    for (let k = 0; k < adapter.rank; k++) {
      for (let c = 0; c < cols; c++) into.a[c * into.rank + into.column + k] = a[k * cols + c]!
      for (let o = 0; o < rows; o++) into.b[(into.column + k) * into.rows + into.row + o] = b[o * adapter.rank + k]!
    }
    if (config.method !== 'dora') return
    const magnitude = tensors.floats(`${prefix}.${config.magnitude_suffix}`, [rows])
    const base = tensors.matrix(this.nameOf(0, part), rows, cols)
    for (const { from, count } of runs(rows, cols)) {
      const values = base.readRows(from, count)
      for (let o = from; o < from + count; o++) {
        let squares = 0
        for (let c = 0; c < cols; c++) {
          let value = values[(o - from) * cols + c]!
          for (let k = 0; k < adapter.rank; k++) value += b[o * adapter.rank + k]! * a[k * cols + c]!
          squares += value * value
        }
        into.scale[o] = magnitude[o]! / Math.sqrt(squares)
      }
    }
  }
}
