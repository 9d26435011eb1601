/** How a shared layer is made of dense ones (Relaxed Recursive Transformers, arXiv 2410.20672, section 2.2). */
export const INITIALISATIONS = ['stepwise', 'average', 'lower', 'upper'] as const
export type Initialisation = (typeof INITIALISATIONS)[number]

/**
 * For each shared layer the dense layers whose mean it is. As in the authors' code, `lower` takes the first of the dense
 * layers, `upper` the last, `stepwise` the first, the last and those at even steps between, in whatever way they are
 * shared; `average` is the mean of the layers that become one.
 * @param tied per shared layer the places at which it is run; together they are a range
 */
export function denseLayersOf(initialisation: Initialisation, tied: readonly (readonly number[])[]): number[][] {
  if (initialisation === 'average') return tied.map((places) => [...places])
  const all = tied.flat()
  const [first, last, count] = [Math.min(...all), Math.max(...all), tied.length]
  return tied.map((_, i) => {
    if (initialisation === 'lower') return [first + i]
    if (initialisation === 'upper') return [last - count + 1 + i]
    return [first + (count === 1 ? 0 : roundHalfEven((i * (last - first)) / (count - 1)))]
  })
}

/** As Python rounds, and so the authors' code. */
function roundHalfEven(x: number): number {
  const down = Math.floor(x)
  return x - down === 0.5 ? down + (down % 2) : Math.round(x)
}
