import { DepthwiseError } from '../common/errors.ts'
import { boundPlan } from './plan-bounds.ts'
import { residentGraphs, staysOnDevice } from '../plan/device.ts'
import type { Condition, Plan, ResidentForm, Visit } from '../plan/plan.ts'

/**
 * Whether what a plan names is there, which its schema cannot say: for plans that came with a folder.
 * @param constantsLength bytes of the file of constants
 * @throws DepthwiseError MODEL_CONFIG, naming the field
 */
export function checkPlan(plan: Plan, constantsLength: number): void {
  const unbounded = boundPlan(plan)
  if (unbounded) throw wrong(unbounded.field, unbounded.why)
  if (constantsLength % 4 !== 0) throw wrong('constants', 'their file is no list of numbers of four bytes')
  for (const [name, { dims, offset }] of Object.entries(plan.constants)) {
    const end = dims.reduce((product, dim) => product * dim, 1) + offset
    if (!(4 * end <= constantsLength)) throw wrong(`constants.${name}`, 'it lies beyond the file')
  }
  if (plan.tail > plan.visits.length) throw wrong('tail', 'it lies behind the visits')
  plan.endTokens.forEach((id, i) => {
    if (id >= plan.vocabSize) throw wrong(`endTokens.${i}`, 'it is outside the vocabulary')
  })
  plan.visits.forEach((visit, i) => {
    checkVisit(plan, visit, `visits.${i}`)
  })
  if (plan.forms.resident) checkResident(plan, plan.forms.resident)
}

function checkResident(plan: Plan, { graphs, indexed }: ResidentForm): void {
  if (!staysOnDevice(plan)) throw wrong('forms.resident', 'K/V of its visits cannot stay on a device')
  for (const name of residentGraphs(plan)) {
    if (!Object.hasOwn(graphs, name)) throw wrong('forms.resident.graphs', `they lack ${JSON.stringify(name)}`)
  }
  for (const [input, { constants }] of Object.entries(indexed)) {
    const missing = constants.find((name) => !Object.hasOwn(plan.constants, name))
    if (missing !== undefined)
      throw wrong(`forms.resident.indexed.${input}`, `constants lack ${JSON.stringify(missing)}`)
  }
}

function checkVisit(plan: Plan, visit: Visit, at: string): void {
  const known = (group: 'constants' | 'caches' | 'registers', names: Iterable<string>, field: string): void => {
    for (const name of names) {
      if (!Object.hasOwn(plan[group], name)) throw wrong(`${at}.${field}`, `${group} lack ${JSON.stringify(name)}`)
    }
  }
  if (!Object.hasOwn(plan.forms.host, visit.graph))
    throw wrong(`${at}.graph`, `graphs lack ${JSON.stringify(visit.graph)}`)
  known('constants', Object.values(visit.constants), 'constants')
  known('registers', Object.values(visit.inputs), 'inputs')
  known('registers', Object.values(visit.outputs), 'outputs')
  known('caches', visit.cache?.slots ?? [], 'cache.slots')
  known('caches', visit.cache?.missing ?? [], 'cache.missing')
  known('caches', visit.cache?.deepest?.flat() ?? [], 'cache.deepest')
  for (const field of ['missing', 'deepest'] as const) {
    const listed = visit.cache?.[field]
    if (listed && listed.length !== visit.cache?.slots.length)
      throw wrong(`${at}.cache.${field}`, 'it is not one a layer')
  }
  for (const field of ['admission', 'updates'] as const) {
    visit[field].forEach((condition: Condition, i) => {
      known('registers', [condition.register], `${field}.${i}.register`)
      if (condition.column >= plan.registers[condition.register]!.width) {
        throw wrong(`${at}.${field}.${i}.column`, 'it lies beyond the register')
      }
    })
  }
}

function wrong(field: string, why: string): DepthwiseError {
  const name = field.slice(0, 200)
  return new DepthwiseError('MODEL_CONFIG', `plan.json has a wrong value at ${name}: ${why.slice(0, 200)}.`, {
    detail: name,
  })
}
