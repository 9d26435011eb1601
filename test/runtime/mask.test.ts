import { describe, expect, it } from 'vitest'
import { ownKeys, JointKeys } from '../../models/runtime/passes/joint-keys.ts'
import { layoutOf, rowCount } from '../../models/runtime/passes/layout.ts'
import { HostKv } from '../../models/runtime/memory/host-kv.ts'
import { KvCache } from '../../models/runtime/memory/kv-cache.ts'
import { attentionMask } from '../../models/runtime/passes/mask.ts'
import { Pass } from '../../models/runtime/passes/pass.ts'
import type { PendingVisit } from '../../models/runtime/passes/pass.ts'
import type { Plan } from '../../models/plan/plan.ts'
import { step } from '../../models/plan/visit.ts'

/** Of graphs, one is told whether rows write, one always computes their keys. */
const GRAPHS = { block: { inputs: ['writes'] }, always: { inputs: [] } }
const PLAN = { visits: [], registers: {} } as unknown as Plan

/** A request of rows at `positions` over a cache that holds `cached`. */
function request(
  cached: number[],
  positions: number[],
  mode: 'append' | 'shared',
  prefix = 0,
  graph = 'block',
): PendingVisit {
  const cache = new KvCache({ kvHeads: 1, headDim: 1 })
  cache.append(() => new Float32Array(cached.length), Int32Array.from(cached))
  const rows = { ids: positions, positions: Int32Array.from(positions) }
  const visit = step(graph, { cache: { slots: ['slot'], mode, missing: null } })
  const pass = new Pass(PLAN, new HostKv({ slot: cache }), rows, [], 'none', { prefix })
  return { pass, index: 0, visit, rows: Int32Array.from(positions.keys()), positions: rows.positions, sources: [cache] }
}

/** Per row what it sees: of the cached keys, then of those of the run; whatever fills up the room must be hidden. */
function seen(...pending: PendingVisit[]): string[] {
  const keys = pending.length === 1 ? ownKeys(pending[0]!) : new JointKeys().of(pending)
  const layout = layoutOf(pending, keys, GRAPHS[pending[0]!.visit.graph as keyof typeof GRAPHS].inputs)
  const { width, handed: start } = layout
  const values = attentionMask(pending, keys, layout)
  const own = layout.own ? rowCount(pending) : 0
  return Array.from({ length: values.length / width }, (_, row) => {
    const line = [...values.subarray(row * width, (row + 1) * width)].map((x) => (x === 0 ? '1' : '0')).join('')
    expect(line.slice(keys.length, start) + line.slice(start + own)).toMatch(/^0*$/)
    return line.slice(0, keys.length) + line.slice(start, start + own)
  })
}

describe('the attention mask', () => {
  it('shows a writing run the cache and the rows up to its own', () => {
    expect(seen(request([0, 1], [2, 3, 4], 'append'))).toEqual(['11100', '11110', '11111'])
  })

  it('shows nothing of an empty cache', () => {
    expect(seen(request([], [0, 1], 'append'))).toEqual(['10', '11'])
  })

  it('shows a reading run what was written up to its own position, which rows of the same run may have written', () => {
    expect(seen(request([0, 1, 2, 3], [1, 3], 'shared'))).toEqual(['1100', '1111'])
  })

  it('counts a cache that holds only some positions, in any order', () => {
    expect(seen(request([0, 3, 7], [4, 7], 'shared'))).toEqual(['110', '111'])
    expect(seen(request([3, 0], [1], 'shared'))).toEqual(['01'])
  })

  it('hides from a reading run the keys of its own that a graph computes in vain', () => {
    expect(seen(request([0, 1], [1], 'shared', 0, 'always'))).toEqual(['110'])
    expect(seen(request([0, 1, 2], [1, 2], 'shared', 0, 'always'))).toEqual(['11000', '11100'])
  })

  it('lets the tokens of a prefix see each other both ways', () => {
    expect(seen(request([], [0, 1, 2, 3], 'append', 2))).toEqual(['1100', '1100', '1110', '1111'])
  })

  it('keeps sequences apart that share a run, and reading rows from the new keys of others', () => {
    const writing = request([0, 1], [2, 3], 'append')
    const reading = request([0, 1, 2], [2], 'shared')
    expect(seen(writing, reading)).toEqual(['11000' + '100', '11000' + '110', '00111' + '000'])
  })
})
