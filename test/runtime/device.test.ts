import { Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { staysOnDevice } from '../../models/plan/device.ts'
import type { Plan } from '../../models/plan/plan.ts'
import { clears, leave, ownCache, register, sharedCache, STATE, step, visit } from '../../models/plan/visit.ts'
import { DeviceKvCache } from '../../models/runtime/device/device-kv-cache.ts'
import type { DeviceTensors } from '../../models/runtime/device/device-tensors.ts'
import type { ForwardResult } from '../../models/runtime/passes/forward.ts'
import { joined, piecesOf } from '../../models/runtime/passes/pieces.ts'
import { Registers } from '../../models/runtime/passes/registers.ts'

const SHAPE = { kvHeads: 2, headDim: 8 }
const size = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)
const zeros = (dims: readonly number[]): Promise<Tensor> =>
  Promise.resolve(new Tensor('float32', new Float32Array(size(dims)), [...dims]))

/** As the device does it, with tensors of the host. */
const tensors = {
  zeros,
  grown: ({ dims: [one, heads, rows, width] }: Tensor, more: number) => zeros([one!, heads!, rows! + more, width!]),
  copied: ({ dims }: Tensor) => zeros(dims),
} as unknown as DeviceTensors

function kvOf(visits: Plan['visits'] = [], rows = 31): DeviceKvCache {
  return new DeviceKvCache({ caches: { a: SHAPE }, visits }, tensors, { rows })
}

describe('K/V of a sequence on a device', () => {
  it('has room in few sizes', async () => {
    const kv = kvOf()
    expect(kv.bytes).toBe(0)
    const rooms: number[] = []
    for (const rows of [1, 256, 257, 300, 2000]) {
      await kv.reserve('a', rows)
      rooms.push(kv.layer('a').capacity)
    }
    expect(rooms).toEqual([256, 256, 512, 512, 2048])
    expect(kv.bytes).toBe(2 * 2048 * 2 * 8 * 4)
  })

  it('is copied when one of two that hold it is about to write, and freed by the last', async () => {
    const kv = kvOf()
    await kv.reserve('a', 1)
    const { key } = kv.layer('a')
    const copy = kv.copy()
    expect(copy.layer('a').key).toBe(key)
    await copy.reserve('a', 2)
    expect(copy.layer('a').key).not.toBe(key)
    await kv.reserve('a', 2)
    expect(kv.layer('a').key).toBe(key)
    kv.release()
    expect(key.location).toBe('none')
    expect(copy.layer('a').key.location).toBe('cpu')
  })

  it('knows the rows that hold', () => {
    const kv = kvOf()
    kv.reached(9)
    expect(kv.rows).toEqual([9])
    const copy = kv.copy()
    copy.rewind(4)
    expect([kv.rows, copy.rows]).toEqual([[9], [4]])
  })

  it('takes tokens one by one where each may leave behind another visit and shows what it left last', () => {
    const completed = step('step', { cache: { ...ownCache('a', 1), missing: ['a.0'] } })
    expect(kvOf([completed]).mostRows([0.5])).toBe(1)
    expect(kvOf([completed]).mostRows([-Infinity])).toBe(31)
    expect(kvOf([step('step')]).mostRows([0.5])).toBe(31)
  })
})

describe('tokens of a pass', () => {
  it('are taken apart evenly where they are too many, and only the last piece gives the last logits', () => {
    const ids = Array.from({ length: 64 }, (_, i) => i)
    const pieces = piecesOf(ids, 'last', 31)
    expect(pieces.map(([piece, wanted]) => [piece.length, wanted])).toEqual([
      [22, 'none'],
      [22, 'none'],
      [20, 'last'],
    ])
    expect(pieces.flatMap(([piece]) => piece)).toEqual(ids)
    expect(piecesOf(ids, 'all', Infinity)).toEqual([[ids, 'all']])
  })

  it('come together again', () => {
    const registers = new Registers({ registers: {} } as Plan, Int32Array.of(), undefined)
    const part = (id: number): ForwardResult => ({
      logits: Float32Array.of(id),
      depths: Uint8Array.of(id),
      optional: { run: id, full: 3 },
      scores: [[id], []],
      gate: { score: id, least: 1 },
      registers,
    })
    expect(joined([part(1), part(2)])).toMatchObject({
      logits: Float32Array.of(1, 2),
      depths: Uint8Array.of(1, 2),
      optional: { run: 3, full: 6 },
      scores: [[1, 2], []],
      gate: { score: 2, least: 1 },
    })
  })
})

describe('a plan stays on a device', () => {
  const plan = (visits: Plan['visits'], others: Partial<Plan> = {}): boolean =>
    staysOnDevice({
      visits,
      tail: visits.length - 1,
      registers: { [STATE]: register(8) },
      prompts: 'chunks',
      ...others,
    })
  const enter = visit('enter', { cache: ownCache('enter', 1) })
  const end = leave('leave', { cache: ownCache('leave', 1) })
  const refusing = { admission: [clears(0, 'scores')], refusal: 'tail' as const }

  it('where the first visit leaves a row of every token, and later ones read them', () => {
    const reading = step('block', { cache: sharedCache('block', 2), ...refusing })
    expect(plan([enter, step('block', { cache: ownCache('block', 2) }), reading, end])).toBe(true)
  })

  it('where tokens that are refused get the rows of an earlier visit', () => {
    const missing = ['b.0.0']
    const first = step('b', { cache: ownCache('b.0', 1) })
    const second = step('b', { cache: { ...ownCache('b.1', 1), missing }, ...refusing })
    expect(plan([enter, first, second, end])).toBe(true)
    expect(plan([enter, second, end])).toBe(false)
  })

  it.each<[string, Plan['visits']]>([
    ['only some tokens leave a row', [enter, step('block', { cache: ownCache('block', 2), ...refusing }), end]],
    [
      'some were refused before they could',
      [enter, step('a', refusing), step('b', { cache: ownCache('b', 1) }), step('c'), end],
    ],
    ['no visit wrote what is read', [enter, step('block', { cache: sharedCache('block', 2) }), end]],
    ['rows take the outcome or not', [enter, step('block', { updates: [clears(0, 'scores')] }), end]],
    ['a look leaves nothing', [enter, step('block', { cache: { ...ownCache('block', 1), mode: 'transient' } }), end]],
  ])('but not where %s', (_, visits) => {
    expect(plan(visits)).toBe(false)
  })

  it('but not where tokens see each other both ways, or go on from what the one before ended with', () => {
    expect(plan([enter, end], { prompts: 'whole' })).toBe(false)
    expect(plan([enter, end], { registers: { [STATE]: { ...register(8), carries: STATE } } })).toBe(false)
  })
})
