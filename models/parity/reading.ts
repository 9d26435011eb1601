import type { Plan } from '../plan/plan.ts'
import type { PassOptions } from '../runtime/passes/forward.ts'
import type { Feeding } from './feeding.ts'

/** One way in which a reference was run, and how the runtime is to be run beside it. */
export interface Reading {
  /** Over the model's configuration, as if it stood there. */
  settings?: Readonly<Record<string, unknown>>
  /** Default: those that the model was made with. */
  thresholds?: (plan: Plan) => number[]
  /** Of one input, by its index. */
  options?: (input: number) => PassOptions
  /** Default: all of them. Where a rule looks at a whole text, or at what was read before it, not all are equal. */
  feedings?: readonly Feeding[]
}

/** What a model's own configuration says. */
export const PLAIN = 'plain'
