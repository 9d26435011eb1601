import type { Target } from './linear.ts'
import { asBytes } from './weights.ts'

/** RoPE tables [contextLength, headDim / 2], angle = position · theta^(−2i / headDim). */
export function ropeTables(
  target: Target,
  contextLength: number,
  headDim: number,
  theta: number,
): { cos: string; sin: string } {
  const half = headDim / 2
  const table = (f: (angle: number) => number) => (): Uint8Array => {
    const values = new Float32Array(contextLength * half)
    for (let position = 0; position < contextLength; position++) {
      for (let i = 0; i < half; i++) {
        // the reference computes the angle in float32
        const frequency = Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / headDim)))
        values[position * half + i] = f(Math.fround(position * frequency))
      }
    }
    return asBytes(values)
  }
  const { graph, weights } = target
  const store = (name: string, f: (angle: number) => number): string =>
    graph.stored(weights.store(name, 'float32', [contextLength, half], table(f)))
  return { cos: store('rope.cos', Math.cos), sin: store('rope.sin', Math.sin) }
}
