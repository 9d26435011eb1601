import type { Source } from './table.ts'

/** The stream behind visit `n`, and so behind recursion n: of tokens that left before, the one that they left with. */
export function streamBehind(n: number, reading: string): Source {
  return {
    kind: 'derived',
    reading,
    of(value) {
      const streams = Array.from({ length: n + 1 }, (_, i) => value(`stream.${n - i}`)).filter(
        ({ length }) => length > 0,
      )
      return streams[0]!.map((_, i) => streams.find((stream) => !Number.isNaN(stream[i]))?.[i] ?? NaN)
    },
  }
}

/** Tokens that ran at least so many recursions. @param depths per token */
export function reaching(depths: Float32Array, recursions: number): number[] {
  return [...depths.keys()].filter((token) => depths[token]! >= recursions)
}

export const SETTING = 'is a setting that the reference was run with'
