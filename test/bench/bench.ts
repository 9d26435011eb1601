/** How much is measured. */
export interface Extent {
  /** Rounds in which all contestants take their turn. */
  repeats: number
  /** Tokens written by a contestant in its turn. */
  tokens: number
  /** Tokens written without a pause where memory is watched. */
  long: number
}

export const FULL: Extent = { repeats: 7, tokens: 24, long: 20_000 }

/** One line of the table: a figure, its spread, and how it stands to another of the same run. */
export interface Row {
  measured: string
  unit: string
  least: number
  median: number
  /** Empty where there is nothing to compare with. */
  against: string
}

export interface Bench {
  title: string
  run(extent: Extent): Promise<Row[]>
}

/** Runs the contestants in turn, again and again, so that a busy moment of the machine meets them all. */
export async function interleaved(
  contestants: Readonly<Record<string, () => Promise<number>>>,
  repeats: number,
): Promise<Record<string, number[]>> {
  const samples: Record<string, number[]> = {}
  for (const run of Object.values(contestants)) await run()
  for (let i = 0; i < repeats; i++) {
    for (const [name, run] of Object.entries(contestants)) (samples[name] ??= []).push(await run())
  }
  return samples
}

export function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1]!
}

/** How much less than `base` was taken in the same round, as a median over the rounds. */
export function speed(samples: readonly number[], base: readonly number[]): number {
  return median(samples.map((sample, i) => base[i]! / sample))
}

export function row(measured: string, unit: string, samples: readonly number[], against = ''): Row {
  return { measured, unit, least: Math.min(...samples), median: median(samples), against }
}

/** A row for every contestant, against one of them if it took part. */
export function rowsOf(
  samples: Readonly<Record<string, readonly number[]>>,
  unit: string,
  base: string | undefined,
  prefix = '',
): Row[] {
  return Object.entries(samples).map(([name, own]) => {
    const compared = base !== undefined && samples[base] && name !== base
    return row(prefix + name, unit, own, compared ? `${speed(own, samples[base]!).toFixed(2)} × ${base}` : '')
  })
}
