import type { Plan } from './plan.ts'

/** The fewest recursions that a token can take: those that no condition stands before. */
export function leastDepth({ visits, tail }: Pick<Plan, 'visits' | 'tail'>): number {
  let least = 0
  let mayLeave = false
  visits.forEach(({ admission, updates, refusal, recursion }, i) => {
    const conditional = admission.length + updates.length > 0
    if (recursion && !conditional && !(mayLeave && i < tail)) least++
    if (conditional && refusal === 'tail') mayLeave = true
  })
  return least
}
