import type { AdmissionRule } from '../runtime/passes/admission.ts'

/**
 * One score for all candidates of a pass, their mean or that of the last: how Huginn's authors end the steps of a whole
 * prompt.
 */
export function together(by: 'mean' | 'last'): AdmissionRule {
  return {
    admit(candidates, { least, score, scores }) {
      if (candidates.length === 0) return candidates
      const all = Array.from(candidates, (row) => score(row))
      const one = by === 'last' ? all.at(-1)! : all.reduce((sum, each) => sum + each, 0) / all.length
      scores.push(one)
      return one >= least ? candidates : new Int32Array(0)
    },
  }
}

/**
 * The candidates with the greatest values of a register [1]: the top-k of training, which looks at a whole text.
 * @param capacity how many, at least one, by their number and the index of the threshold
 */
export function greatest(register: string, capacity: (candidates: number, threshold: number) => number): AdmissionRule {
  return {
    admit(candidates, { index, registers }) {
      const values = registers.all(register)
      const count = Math.max(1, Math.floor(capacity(candidates.length, index)))
      return candidates
        .toSorted((a, b) => values[b]! - values[a]!)
        .slice(0, count)
        .toSorted()
    },
  }
}
