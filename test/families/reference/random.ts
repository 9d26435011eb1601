import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { randomSource } from '../../engine/support.ts'
import { temporaryFolder, writeSafetensors } from '../../models/support.ts'
import type { Tensors } from './llama.ts'

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
