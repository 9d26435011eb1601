/** Largest error accepted, relative to the largest magnitude in the recorded tensor. */
export const TOLERANCE = 1e-4

/** One thing that was recorded and computed again. */
export interface Compared {
  /** How the runtime came to its values: in one pass, token by token. */
  how: string
  /** The recording's own name. */
  name: string
  /** Largest error relative to the largest magnitude recorded; of what must be identical, 0 or Infinity. */
  error: number
  /** Whether anything but identity is an error. */
  exact: boolean
}

/** Something that was recorded and has no counterpart in the runtime. */
export interface NotCompared {
  name: string
  why: string
}

export interface Report {
  compared: Compared[]
  notCompared: NotCompared[]
}

export function worstOf(report: Report): number {
  return report.compared.reduce((worst, { error }) => Math.max(worst, error), 0)
}

/** Whether everything that was compared agrees, and anything was. */
export function agrees(report: Report): boolean {
  return report.compared.length > 0 && worstOf(report) <= TOLERANCE
}

export function formatted({ how, name, error, exact }: Compared): string {
  const outcome = !exact ? error.toExponential(2) : error === 0 ? 'identical' : 'DIFFERENT'
  return `${how.padEnd(15)} ${name.padEnd(36)} ${outcome}`
}

/** Largest difference over the largest magnitude recorded; Infinity where sizes differ. */
export function relativeError(computed: Float32Array | undefined, recorded: Float32Array): number {
  if (computed?.length !== recorded.length) return Infinity
  let magnitude = 0
  let error = 0
  recorded.forEach((value, i) => {
    magnitude = Math.max(magnitude, Math.abs(value))
    error = Math.max(error, Math.abs(value - computed[i]!))
  })
  return error === 0 ? 0 : error / magnitude
}
