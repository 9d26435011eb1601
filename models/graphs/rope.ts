import type { RopeInputs } from './attention.ts'
import type { Target } from './linear.ts'
import { wholly } from './contents.ts'

/** Llama 3's stretching of RoPE: long wavelengths turn `factor` times slower, short ones as before, between smoothly. */
export interface Llama3Scaling {
  factor: number
  lowFreqFactor: number
  highFreqFactor: number
  originalContext: number
}

export interface Rope {
  ropeTheta: number
  /** None: plain RoPE. */
  ropeScaling?: Llama3Scaling | undefined
  /** How many times slower each pair turns, as a GGUF file has it. */
  ropeFactors?: readonly number[] | undefined
}

/** Angle per position of each pair [headDim / 2]: theta^(−2i / headDim), scaled. In float32, as references compute it. */
export function ropeFrequencies(headDim: number, rope: Rope): Float32Array {
  const plain = Float32Array.from({ length: headDim / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(rope.ropeTheta ** Math.fround((2 * i) / headDim))),
  )
  const { ropeScaling: scaling, ropeFactors: factors } = rope
  if (factors) return plain.map((frequency, i) => frequency / factors[i]!)
  return scaling ? plain.map((frequency) => llama3(frequency, scaling)) : plain
}

function llama3(frequency: number, scaling: Llama3Scaling): number {
  const { factor, lowFreqFactor: low, highFreqFactor: high, originalContext } = scaling
  const wavelength = (2 * Math.PI) / frequency
  if (wavelength < originalContext / high) return frequency
  if (wavelength > originalContext / low) return frequency / factor
  const smooth = (originalContext / wavelength - low) / (high - low)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}

/**
 * RoPE tables [contextLength + 1, headDim / 2] of cos and sin of position · frequency, both times headDim^(−1/4): so a
 * product of a query and a key is scaled by 1 / √headDim. The last row, 1 and 0, leaves a head as it is.
 */
export function ropeTables(
  target: Target,
  contextLength: number,
  headDim: number,
  rope: Rope,
): Pick<RopeInputs, 'cos' | 'sin' | 'still'> {
  const half = headDim / 2
  const frequencies = ropeFrequencies(headDim, rope)
  const scale = headDim ** -0.25
  const table = (f: (angle: number) => number) => (): Float32Array => {
    const values = new Float32Array((contextLength + 1) * half)
    for (let position = 0; position < contextLength; position++) {
      for (let i = 0; i < half; i++) values[position * half + i] = scale * f(Math.fround(position * frequencies[i]!))
    }
    return values.fill(f(0), contextLength * half)
  }
  const { graph, weights } = target
  const store = (name: string, f: (angle: number) => number): string =>
    graph.stored(weights.store(name, 'float32', [contextLength + 1, half], wholly(table(f))))
  return { cos: store('rope.cos', Math.cos), sin: store('rope.sin', Math.sin), still: contextLength }
}
