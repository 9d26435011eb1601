import type { Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import type { Layer } from '../../models/runtime/device/memory.ts'
import { DeviceMemory } from '../../models/runtime/device/memory.ts'
import { joined, MOST_ROWS, piecesOf } from '../../models/runtime/device/pieces.ts'
import type { ForwardResult } from '../../models/runtime/passes/forward.ts'
import { Registers } from '../../models/runtime/passes/registers.ts'
import { staysOnDevice } from '../../models/plan/device.ts'
import type { Plan } from '../../models/plan/plan.ts'
import { clears, leave, ownCache, register, sharedCache, STATE, step, visit } from '../../models/plan/visit.ts'

const SHAPE = { kvHeads: 2, headDim: 8 }

/** As the device does it, with tensors of the host. */
const grow = (layer: Layer, room: Tensor): Promise<Layer> => {
  const grown = new DeviceMemory({ a: SHAPE })
  return grown.reserve('a', layer.capacity + room.dims[2]!, grow).then(() => grown.layer('a').hold())
}

describe('K/V of a sequence on a device', () => {
  it('has room in few sizes', async () => {
    const memory = new DeviceMemory({ a: SHAPE })
    expect(memory.bytes).toBe(0)
    const rooms: number[] = []
    for (const rows of [1, 256, 257, 300, 2000]) {
      await memory.reserve('a', rows, grow)
      rooms.push(memory.layer('a').capacity)
    }
    expect(rooms).toEqual([256, 256, 512, 512, 2048])
    expect(memory.bytes).toBe(2 * 2048 * 2 * 8 * 4)
  })

  it('frees a layer when the last of those that hold it lets go', async () => {
    const memory = new DeviceMemory({ a: SHAPE })
    await memory.reserve('a', 1, grow)
    const { key } = memory.layer('a')
    const copy = memory.copy()
    memory.release()
    expect(key.location).toBe('cpu')
    copy.release()
    expect(key.location).toBe('none')
  })
})

describe('tokens of a pass', () => {
  it('are taken apart evenly where they are too many, and only the last piece gives the last logits', () => {
    const ids = Array.from({ length: 64 }, (_, i) => i)
    const pieces = piecesOf(ids, 'last', MOST_ROWS)
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
      registers,
    })
    expect(joined([part(1), part(2)])).toMatchObject({
      logits: Float32Array.of(1, 2),
      depths: Uint8Array.of(1, 2),
      optional: { run: 3, full: 6 },
      scores: [[1, 2], []],
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
    const again = step('block', { cache: sharedCache('block', 2), ...refusing })
    expect(plan([enter, step('block', { cache: ownCache('block', 2) }), again, end])).toBe(true)
  })

  it.each<[string, Plan['visits']]>([
    ['only some tokens leave a row', [enter, step('block', { cache: ownCache('block', 2), ...refusing }), end]],
    [
      'some were refused before they could',
      [enter, step('a', refusing), step('b', { cache: ownCache('b', 1) }), step('c'), end],
    ],
    ['nobody wrote what is read', [enter, step('block', { cache: sharedCache('block', 2) }), end]],
    ['rows take the outcome or not', [enter, step('block', { updates: [clears(0, 'scores')] }), end]],
    ['missing rows come from elsewhere', [visit('a', { cache: { ...ownCache('a', 1), missing: ['b.0'] } }), end]],
  ])('but not where %s', (_, visits) => {
    expect(plan(visits)).toBe(false)
  })

  it('but not where tokens see each other both ways, or go on from what the one before ended with', () => {
    expect(plan([enter, end], { prompts: 'whole' })).toBe(false)
    expect(plan([enter, end], { registers: { [STATE]: { ...register(8), carries: STATE } } })).toBe(false)
  })
})
