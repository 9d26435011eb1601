import { describe, expect, it } from 'vitest'
import { HostKv } from '../../models/runtime/memory/host-kv.ts'
import { KvCache } from '../../models/runtime/memory/kv-cache.ts'
import type { Outputs } from '../../models/runtime/passes/forward.ts'
import type { AdmissionRule } from '../../models/runtime/passes/admission.ts'
import { Pass } from '../../models/runtime/passes/pass.ts'
import { greatest, together } from '../../models/parity/rules.ts'
import type { Plan, Visit } from '../../models/plan/plan.ts'
import { clears, leave, register, step } from '../../models/plan/visit.ts'

const SHAPE = { kvHeads: 1, headDim: 1 }

function planOf(visits: Visit[], caches: string[] = []): Plan {
  const graphs = Object.fromEntries(visits.map(({ graph }) => [graph, { file: graph, inputs: [], outputs: [] }]))
  const registers = { state: register(1), score: register(1) }
  const plan = { visits: [...visits, leave('leave')], tail: visits.length, registers, graphs }
  return { ...plan, caches: Object.fromEntries(caches.map((name) => [name, SHAPE])) } as unknown as Plan
}

/** Runs a pass of tokens at `positions`; `rows` of a visit says what its graph gives out at them. */
function run(
  plan: Plan,
  caches: Record<string, KvCache>,
  positions: number[],
  give: (visit: Visit, positions: Int32Array) => Record<string, number[]>,
  options: ConstructorParameters<typeof Pass>[5] = {},
): { pass: Pass; seen: number[][][] } {
  const rows = { ids: positions, positions: Int32Array.from(positions) }
  const pass = new Pass(plan, new HostKv(caches), rows, [5], 'none', options)
  const seen: number[][][] = []
  for (let request = pass.pendingVisit(); request; request = pass.pendingVisit()) {
    seen.push(request.sources.map((cache) => [...cache.rows('key', 0, 0, cache.length)]))
    const given = give(request.visit, request.positions)
    const outputs: Outputs = (name) => (given[name] ? Float32Array.from(given[name]) : null)
    pass.take(outputs, (kind, head) => outputs(`${kind}.${head}`)!)
  }
  return { pass, seen }
}

describe('rows that a rule of its own admits', () => {
  const plan = planOf([
    step('first', { outputs: { score: 'score' } }),
    step('second', { outputs: {}, admission: [clears(0, 'score')], refusal: 'tail', recursion: true }),
  ])
  const depths = (scores: number[], rule?: AdmissionRule): number[] => {
    const { pass } = run(plan, {}, [...scores.keys()], () => ({ score: scores }), rule ? { rule } : {})
    return [...pass.outcome().depths]
  }

  it('all go on or none, by their mean or by the last', () => {
    expect(depths([9, 0, 7])).toEqual([1, 0, 1])
    expect(depths([9, 0, 7], together('mean'))).toEqual([1, 1, 1])
    expect(depths([9, 0, 3], together('mean'))).toEqual([0, 0, 0])
    expect(depths([0, 0, 7], together('last'))).toEqual([1, 1, 1])
    expect(depths([9, 9, 3], together('last'))).toEqual([0, 0, 0])
  })

  it('are those with the greatest scores, at least one', () => {
    const half = greatest('score', (candidates) => candidates / 2)
    expect(depths([1, 4, 2, 3], half)).toEqual([0, 1, 0, 1])
    expect(depths([1], half)).toEqual([1])
  })

  it('are one score', () => {
    const { pass } = run(plan, {}, [0, 1], () => ({ score: [4, 8] }), { rule: together('mean') })
    expect(pass.outcome().scores).toEqual([[6]])
  })
})

describe('the slots of a pass', () => {
  /** New rows of the layers, with no values. */
  const leaving = (keys: number[][]): Record<string, number[]> =>
    Object.fromEntries(
      keys.flatMap((row, layer) => [
        [`key.${layer}`, row],
        [`value.${layer}`, row.map(() => 0)],
      ]),
    )
  /** Layer l of the visit leaves the key 10 · position + l. */
  const keys = (visit: Visit, positions: Int32Array): Record<string, number[]> => ({
    ...leaving((visit.cache?.slots ?? []).map((_, layer) => Array.from(positions, (p) => 10 * p + layer))),
    next_state: [...positions],
  })

  it('hold what the last of the layers that share them wrote', () => {
    const plan = planOf(
      [step('core', { cache: { slots: ['a', 'a', 'b'], mode: 'append', missing: null } })],
      ['a', 'b'],
    )
    const caches = { a: new KvCache(SHAPE), b: new KvCache(SHAPE) }
    run(plan, caches, [0, 1], keys)
    const { seen } = run(plan, caches, [2], keys)
    expect(seen[0]).toEqual([
      [1, 11],
      [1, 11],
      [2, 12],
    ])
    expect(caches.a.length).toBe(3)
  })

  it('show the deepest row of every token where one lacks a row, else their own', () => {
    const at = (r: number, deepest?: string[][]): Visit =>
      step(`core${r}`, {
        cache: { slots: [`s${r}`], mode: 'append', missing: null, ...(deepest && { deepest }) },
        admission: r === 0 ? [] : [{ register: 'state', column: 0, atLeast: r }],
        refusal: 'tail',
      })
    const all = [['s0', 's1', 's2']]
    const plan = planOf([at(0), at(1, all), at(2, all)], ['s0', 's1', 's2'])
    const caches = { s0: new KvCache(SHAPE), s1: new KvCache(SHAPE), s2: new KvCache(SHAPE) }
    const deep = (depth: number, position: number): number[][][] =>
      run(plan, caches, [position], (visit) => ({
        ...leaving([[100 * Number(visit.graph.at(-1)) + position]]),
        next_state: [depth],
      })).seen
    expect(deep(2, 0)).toEqual([[[]], [[]], [[]], []])
    // all have a row at step 1, though there are deeper ones
    expect(deep(1, 1)).toEqual([[[0]], [[100]], []])
    expect(deep(0, 2)).toEqual([[[0, 1]], []])
    expect(deep(1, 3)).toEqual([[[0, 1, 2]], [[200, 101, 2]], []])
  })
})
