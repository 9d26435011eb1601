import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { randomSource } from '../../runtime/support.ts'
import { temporaryFolder, writeSafetensors } from '../../models/support.ts'
import type { Sizes, Tensors } from './llama.ts'

/** Norms 1 + 0.2n, other vectors 0.3n, matrices n / √columns, of a normal n. */
export function randomTensors(seed: number, shapes: Readonly<Record<string, number[]>>): Tensors {
  const uniform = randomSource(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const of = (name: string, shape: number[]): Float32Array => {
    const make = /norm/.test(name)
      ? () => 1 + 0.2 * normal()
      : shape.length === 1
        ? () => 0.3 * normal()
        : () => normal() / Math.sqrt(shape[1]!)
    return Float32Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, make)
  }
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, values: of(name, shape) }]))
}

type Shapes = Record<string, number[]>

/** Of an attention of width `d` under a prefix. */
export function attentionShapes(at: string, d: number, { heads, kvHeads, headDim }: Omit<Sizes, 'theta'>): Shapes {
  return {
    [`${at}.self_attn.q_proj.weight`]: [heads * headDim, d],
    [`${at}.self_attn.k_proj.weight`]: [kvHeads * headDim, d],
    [`${at}.self_attn.v_proj.weight`]: [kvHeads * headDim, d],
    [`${at}.self_attn.o_proj.weight`]: [d, heads * headDim],
  }
}

/** Of a gated MLP of width `d` with `m` values inside. */
export function mlpShapes(at: string, d: number, m: number): Shapes {
  return {
    [`${at}.mlp.gate_proj.weight`]: [m, d],
    [`${at}.mlp.up_proj.weight`]: [m, d],
    [`${at}.mlp.down_proj.weight`]: [d, m],
  }
}

/** Ids below `vocabulary`. */
export function randomIds(seed: number, count: number, vocabulary: number): number[] {
  const uniform = randomSource(seed)
  return Array.from({ length: count }, () => Math.floor(uniform() * vocabulary))
}

/** A model folder that is gone when the test is over. */
export function modelFolder(config: object, tensors: Tensors): string {
  const folder = temporaryFolder()
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config))
  writeSafetensors(path.join(folder, 'model.safetensors'), tensors)
  return folder
}
