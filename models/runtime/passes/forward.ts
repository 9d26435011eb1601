import type { Initial, Registers } from './registers.ts'

/** The rows of one forward pass: S tokens at rising absolute positions. */
export interface Rows {
  ids: readonly number[]
  positions: Int32Array
}

/** Which rows' logits are wanted. */
export type Wanted = 'none' | 'last' | 'all'

/** How a pass differs from what a plan says; for comparison with references, and prompts of prefix models. */
export interface PassOptions {
  probe?: Probe
  choose?: Choice
  initial?: Initial
  /** Positions below it see each other both ways, where they are in one pass. */
  prefix?: number
  /** Whether the rows go on an answer, rather than being a prompt's. */
  continues?: boolean
  /** Scores are held against thresholds for all rows of the pass at once: by their mean, or by the last row's. */
  together?: 'mean' | 'last'
}

/** What graphs gave out for the rows of a request, by name. */
export type Outputs = (name: string) => Float32Array | null

/** Sees every visit's outcome: the rows that ran, by name what the graph gave out, and all values behind it. */
export type Probe = (visit: number, rows: Int32Array, output: Outputs, registers: Registers) => void

/**
 * Says who of the candidates is admitted where a condition has a threshold, in place of the threshold.
 * @param value of a register at a row, by column
 * @returns the admitted candidates, or null to let the threshold decide
 */
export type Choice = (
  threshold: number,
  candidates: Int32Array,
  value: (register: string, row: number, column: number) => number,
) => Int32Array | null

export interface ForwardResult {
  /** [N, V] for the wanted rows, or null. */
  logits: Float32Array | null
  /** Per row: recursions run. */
  depths: Uint8Array
  /** Compute of the visits that a budget decides about, over all rows, in layers: run, and at full budget. */
  optional: { run: number; full: number }
  /** Per threshold: the scores that were held against it. */
  scores: number[][]
  /** Values behind the last visit; not those that stayed on a device. */
  registers: Registers
}
