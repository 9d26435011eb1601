import type { Plan, Visit } from './plan.ts'
import { fillForm, readingForm } from './ports.ts'

/** A plan before it is known whether it has a resident form. */
type Followed = Pick<Plan, 'visits' | 'tail' | 'registers' | 'prompts'>

/**
 * Whether K/V of a plan can stay on a device, row by row in the order of tokens: every token leaves a row where any does,
 * or gets the one that it left in an earlier visit; and what visits read an earlier one wrote.
 */
export function staysOnDevice({ visits, tail, registers, prompts }: Followed): boolean {
  if (prompts !== 'chunks') return false
  if (Object.values(registers).some(({ carries }) => carries !== null)) return false
  const written = new Set<string>()
  let refusing = false
  return visits.every(({ cache, admission, updates, refusal }, index) => {
    if (updates.length > 0) return false
    const forAll = admission.length === 0 && (!refusing || index >= tail)
    refusing ||= admission.length > 0 && refusal === 'tail'
    if (!cache) return true
    if (cache.deepest || cache.mode === 'transient' || new Set(cache.slots).size < cache.slots.length) return false
    if (cache.mode === 'shared') return cache.slots.every((slot) => written.has(slot))
    const completed = cache.missing?.every((slot) => written.has(slot)) ?? false
    for (const slot of cache.slots) written.add(slot)
    return forAll || completed
  })
}

/** The resident graph that a visit runs. */
export function residentGraph({ graph, cache }: Visit): string {
  return cache?.mode === 'shared' ? readingForm(graph) : graph
}

/** Every resident graph that a plan's visits need. */
export function residentGraphs({ visits }: Pick<Plan, 'visits'>): string[] {
  const fills = visits.flatMap(({ cache }) => (cache?.missing ? [fillForm(cache.slots.length)] : []))
  return [...new Set([...visits.map(residentGraph), ...fills])]
}
