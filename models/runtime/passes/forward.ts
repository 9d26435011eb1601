import type { AdmissionRule } from './admission.ts'
import type { Initial, Registers } from './registers.ts'

/** The rows of one forward pass: S tokens at rising absolute positions. */
export interface Rows {
  ids: readonly number[]
  positions: Int32Array
}

/** Which rows' logits are wanted. */
export type Wanted = 'none' | 'last' | 'all'

/** What a pass is told beside its rows. */
export interface PassOptions {
  /** Default: every row by its own score. */
  rule?: AdmissionRule
  observer?: Observer
  /** What rows begin with, in place of the plan's own. */
  initial?: Initial
  /** Positions below it see each other both ways, where they are in one pass. */
  prefix?: number
  /** Whether the rows go on an answer, rather than being a prompt's. */
  continues?: boolean
}

/** What graphs gave out for the rows of a request, by name. */
export type Outputs = (name: string) => Float32Array | null

/** Sees every visit's outcome: the rows that ran, by name what the graph gave out, and all values behind it. */
export type Observer = (visit: number, rows: Int32Array, output: Outputs, registers: Registers) => void

export interface ForwardResult {
  /** [N, V] for the wanted rows, or null. */
  logits: Float32Array | null
  /** Per row: recursions run. */
  depths: Uint8Array
  /** Compute of the visits that a budget decides about, over all rows, in layers: run, and at full budget. */
  optional: { run: number; full: number }
  /** Per threshold: the scores that were held against it. */
  scores: number[][]
  /** What the last row was last held against, of the plan's thresholds; null where there was none, or no score to be seen. */
  gate: { score: number; least: number } | null
  /** Values behind the last visit; not those that stayed on a device. */
  registers: Registers
}
