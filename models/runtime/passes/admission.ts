import type { Registers } from './registers.ts'

/** A threshold of the plan at a visit, and what candidates may be judged by. */
export interface Threshold {
  /** Which of the plan's thresholds. */
  index: number
  /** The score from which on a row is admitted. */
  least: number
  /** Of a row: what the plan holds against the threshold. */
  score: (row: number) => number
  registers: Registers
  /** What was held against the threshold so far; a rule adds to it, for the budget to learn from. */
  scores: number[]
}

/** Decides which rows a threshold admits. */
export interface AdmissionRule {
  /** @param candidates rows of the pass, rising @returns those that are admitted, rising */
  admit(candidates: Int32Array, threshold: Threshold): Int32Array
}

/** The rule of generation: every row by its own score, so that rows may come all at once or one by one. */
export const byOwnScore: AdmissionRule = {
  admit: (candidates, { least, score, scores }) =>
    candidates.filter((row) => {
      const own = score(row)
      scores.push(own)
      return own >= least
    }),
}
