import type { BudgetPolicy, Plan, Visit } from '../plan/plan.ts'
import { cachesOf, register, STATE } from '../plan/visit.ts'

/** What a family's compiler says of a model; graphs and constants are in the writer. */
export type Compiled = Pick<
  Plan,
  'vocabSize' | 'hiddenSize' | 'contextLength' | 'maxDepth' | 'caches' | 'registers' | 'visits' | 'tail'
> & {
  /** `trained`: default, whether it is calibrated; what was measured is in the calibration. */
  budget: Omit<Plan['budget'], 'trained' | 'effect'> & { trained?: boolean }

  /** Default: chunks. */
  prompts?: Plan['prompts']
  /** How a budget becomes thresholds; `calibration`: as calibration.json says for so many of them, or else `otherwise`. */
  policy:
    | BudgetPolicy
    | { kind: 'calibration'; thresholds: number; otherwise?: { policy: BudgetPolicy; explanation: string } }
  /** Tokens that end an answer, where the configuration names them in a place of its own. */
  endTokens?: number[]
  /** For folders that bring none. */
  chatTemplate?: string
}

/** What one family's plan has that does not follow from its sizes and visits. */
export interface Own extends Pick<Compiled, 'maxDepth' | 'prompts' | 'endTokens' | 'chatTemplate'> {
  /** The last is the tail. */
  visits: Visit[]
  /** Beside the state, which a plan has where a visit keeps it. */
  registers?: Plan['registers']
  /** Default: fixed. */
  policy?: Compiled['policy']
  /** What the budget does, or why there is none, in a sentence for the page. */
  explanation: string
  /** Default: whether the policy is another than fixed. */
  adjustable?: boolean
  trained?: boolean
}

type Sizes = Pick<Compiled, 'vocabSize' | 'hiddenSize' | 'contextLength'> & { kvHeads: number; headDim: number }

/** The plan of a model whose caches are all of one shape. */
export function compiled(sizes: Sizes, own: Own): Compiled {
  const { vocabSize, hiddenSize, contextLength } = sizes
  const { visits, policy = { kind: 'fixed' }, explanation, trained, prompts, endTokens, chatTemplate } = own
  const keepsState = visits.some(({ outputs }) => Object.values(outputs).includes(STATE))
  return {
    vocabSize,
    hiddenSize,
    contextLength,
    maxDepth: own.maxDepth,
    caches: cachesOf(visits, sizes),
    registers: { ...(keepsState && { [STATE]: register(hiddenSize) }), ...own.registers },
    visits,
    tail: visits.length - 1,
    policy,
    budget: {
      adjustable: own.adjustable ?? policy.kind !== 'fixed',
      explanation,
      ...(trained !== undefined && { trained }),
    },
    ...(prompts && { prompts }),
    ...(endTokens && { endTokens }),
    ...(chatTemplate !== undefined && { chatTemplate }),
  }
}
