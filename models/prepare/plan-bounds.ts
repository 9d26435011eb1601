import type { BudgetPolicy, CalibrationRow, Plan, Register } from '../plan/plan.ts'
import { thresholdCount } from '../plan/threshold-count.ts'

/** Far above what any model has, and low enough that nothing asks for memory that no machine has. */
const MAX = {
  vocabSize: 1e7,
  hiddenSize: 1e6,
  contextLength: 1e8,
  parameters: 1e14,
  maxDepth: 255,
} as const
const MAX_VISITS = 10_000
const MAX_NAMES = 10_000
const MAX_WIDTH = 1e7
/** Numbers of one token in one cache. */
const MAX_HEAD_NUMBERS = 1e6
/** Numbers of a normal distribution are drawn again until they lie within: below this they would hardly ever. */
const MIN_CUT = 0.01

/** A field of a plan that is wrong, and why. */
interface Unbounded {
  field: string
  why: string
}

/** The first number of a plan that would have the runtime ask for the impossible, or wait for ever; null where there is none. */
export function boundPlan(plan: Plan): Unbounded | null {
  for (const [field, most] of Object.entries(MAX) as [keyof typeof MAX, number][]) {
    if (plan[field] > most || (field !== 'parameters' && plan[field] < 1)) return { field, why: `it is ${plan[field]}` }
  }
  if (plan.visits.length > MAX_VISITS) return { field: 'visits', why: `there are more than ${MAX_VISITS}` }
  for (const group of ['caches', 'registers', 'constants'] as const) {
    if (Object.keys(plan[group]).length > MAX_NAMES) return { field: group, why: `there are more than ${MAX_NAMES}` }
  }
  return ofCaches(plan) ?? ofRegisters(plan) ?? ofPolicy(plan.policy) ?? ofVisits(plan)
}

function ofCaches({ caches }: Plan): Unbounded | null {
  for (const [name, { kvHeads, headDim }] of Object.entries(caches)) {
    if (kvHeads < 1 || headDim < 1 || kvHeads * headDim > MAX_HEAD_NUMBERS) {
      return { field: `caches.${name}`, why: `it has ${kvHeads} heads of ${headDim} numbers` }
    }
  }
  return null
}

function ofRegisters({ registers }: Plan): Unbounded | null {
  for (const [name, register] of Object.entries(registers)) {
    const why = wrongRegister(register, registers)
    if (why !== null) return { field: `registers.${name}`, why }
  }
  return null
}

function wrongRegister({ width, initial, carries }: Register, all: Plan['registers']): string | null {
  if (width < 1 || width > MAX_WIDTH) return `it is ${width} wide`
  if (initial.kind === 'normal') {
    const { cut, deviation } = initial
    if (!(cut >= MIN_CUT) || !Number.isFinite(deviation)) return 'no number is in its distribution'
  }
  if (carries === null) return null
  if (!Object.hasOwn(all, carries)) return `registers lack ${JSON.stringify(carries.slice(0, 100))}`
  return all[carries]!.width === width ? null : 'it carries a register of another width'
}

function ofPolicy(policy: BudgetPolicy): Unbounded | null {
  const wrong = (why: string): Unbounded => ({ field: 'policy', why })
  switch (policy.kind) {
    case 'fixed':
      return null
    case 'calibrated':
      return ofRows(policy.rows)
    case 'quantile': {
      if (policy.trained.length !== policy.capacities.length) return wrong('there is not one capacity a threshold')
      return policy.trained.every(Number.isFinite) ? null : wrong('a threshold is no number')
    }
    case 'exit':
      return policy.count > MAX_VISITS || !Number.isFinite(policy.trained) ? wrong('it has no such thresholds') : null
  }
}

function ofRows(rows: readonly CalibrationRow[]): Unbounded | null {
  const count = rows[0]!.thresholds.length
  for (const [i, { budget, capacities, thresholds }] of rows.entries()) {
    const field = `policy.rows.${i}`
    if (thresholds.length !== count || capacities.length !== count) return { field, why: 'it has other thresholds' }
    if (thresholds.some((score) => score !== null && !Number.isFinite(score))) return { field, why: 'a score is none' }
    if (i > 0 && !(budget > rows[i - 1]!.budget)) return { field, why: 'its budget is not above the one before' }
  }
  return null
}

function ofVisits({ visits, policy }: Plan): Unbounded | null {
  const count = thresholdCount(policy)
  const tooFar = visits.findIndex(({ admission, updates }) =>
    [...admission, ...updates].some(({ atLeast }) => typeof atLeast === 'object' && atLeast.threshold >= count),
  )
  if (tooFar >= 0) return { field: `visits.${tooFar}.admission`, why: 'there is no such threshold' }
  const costly = visits.findIndex(({ cost }) => !Number.isFinite(cost) || cost < 0)
  if (costly >= 0) return { field: `visits.${costly}.cost`, why: 'it is no amount of work' }
  const deep = visits.filter(({ recursion }) => recursion).length
  return deep > MAX.maxDepth ? { field: 'visits', why: `more than ${MAX.maxDepth} of them are recursions` } : null
}
