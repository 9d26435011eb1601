import { PORT } from './ports.ts'
import type { Condition, Plan, Register, Visit } from './plan.ts'

/** The residual stream: the register that most graphs read as `state` and keep as `next_state`. */
export const STATE = 'state'

/** A visit that every row makes, without a cache, from nothing to the state; `fields` say what differs. */
export function visit(graph: string, fields: Partial<Omit<Visit, 'graph'>> = {}): Visit {
  return {
    graph,
    constants: {},
    indices: {},
    inputs: {},
    outputs: { [PORT.nextState]: STATE },
    cache: null,
    admission: [],
    updates: [],
    refusal: 'skip',
    recursion: false,
    cost: 0,
    ...fields,
  }
}

/** A visit that turns the state into another one. */
export function step(graph: string, fields: Partial<Omit<Visit, 'graph'>> = {}): Visit {
  return visit(graph, { inputs: { [PORT.state]: STATE }, ...fields })
}

/** A visit that turns the state into logits. */
export function leave(graph: string, fields: Partial<Omit<Visit, 'graph'>> = {}): Visit {
  return visit(graph, { inputs: { [PORT.state]: STATE }, outputs: {}, ...fields })
}

/** Names of the caches of a run of `layers` layers. */
export function slots(name: string, layers: number): string[] {
  return Array.from({ length: layers }, (_, i) => `${name}.${i}`)
}

/** Its layers read and write caches of their own. */
export function ownCache(name: string, layers: number): NonNullable<Visit['cache']> {
  return { slots: slots(name, layers), mode: 'append', missing: null }
}

/** Its layers read what an earlier visit wrote. */
export function sharedCache(name: string, layers: number): NonNullable<Visit['cache']> {
  return { slots: slots(name, layers), mode: 'shared', missing: null }
}

/** The caches that visits name, all of one shape. */
export function cachesOf(visits: readonly Visit[], shape: { kvHeads: number; headDim: number }): Plan['caches'] {
  const { kvHeads, headDim } = shape
  const names = visits.flatMap(({ cache }) => cache?.slots ?? [])
  return Object.fromEntries(names.map((name) => [name, { kvHeads, headDim }]))
}

export function register(width: number, value = 0): Register {
  return { width, initial: { kind: 'value', value }, carries: null }
}

/** Those whose score, in a register or a column of one, clears the threshold of this index. */
export function clears(threshold: number, score: string, column = 0): Condition {
  return { register: score, column, atLeast: { threshold } }
}
