import * as v from 'valibot'
import { BudgetSchema } from '../../models/common/values.ts'
import { badField } from './errors.ts'
import { budgetOutOfRange, readBody } from './fields.ts'
import type { RunningAnswer } from './running.ts'

const RequestSchema = v.looseObject({
  id: v.string(),
  action: v.string(),
  budget: v.nullish(v.unknown()),
})

/**
 * Of `POST /v1/chat/completions/control`, as llama.cpp has it: steers a running answer. One that is unknown, or has
 * ended, is no error, as an answer may end while the request is on its way.
 */
export function control(body: unknown, find: (id: string) => RunningAnswer | undefined): { success: boolean } {
  const { id, action, budget } = readBody(RequestSchema, body)
  const answer = find(id)
  switch (action) {
    case 'set_budget':
      if (!v.is(BudgetSchema, budget)) throw budgetOutOfRange('budget')
      answer?.setBudget(budget)
      return { success: answer !== undefined }
    case 'reasoning_end':
      return { success: answer?.endThought() ?? false }
    default:
      throw badField('action', '“action” must be “reasoning_end” or “set_budget”.')
  }
}
