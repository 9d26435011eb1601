import type { Plan } from './plan.ts'

/** A plan before it is known whether it has graphs for a device. */
type Followed = Pick<Plan, 'visits' | 'tail' | 'registers' | 'prompts'>

/**
 * Whether K/V of a plan can stay on a device, row by row in the order of tokens: every token leaves a row where any
 * does, and what later visits read an earlier one wrote.
 */
export function staysOnDevice({ visits, tail, registers, prompts }: Followed): boolean {
  if (prompts !== 'chunks') return false
  if (Object.values(registers).some(({ carries }) => carries !== null)) return false
  const written = new Set<string>()
  let refusing = false
  return visits.every(({ cache, admission, updates, refusal }, index) => {
    if (updates.length > 0) return false
    const everyone = admission.length === 0 && (!refusing || index >= tail)
    refusing ||= admission.length > 0 && refusal === 'tail'
    if (!cache) return true
    if (cache.missing || cache.deepest || new Set(cache.slots).size < cache.slots.length) return false
    if (cache.mode === 'shared') return cache.slots.every((slot) => written.has(slot))
    if (cache.mode === 'transient' || !everyone) return false
    for (const slot of cache.slots) written.add(slot)
    return true
  })
}
