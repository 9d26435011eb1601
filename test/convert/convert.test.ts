import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { INITIALISATIONS } from '../../models/convert/initialisation.ts'
import { SHARINGS } from '../../models/convert/recursive-form.ts'
import { FIXTURES, prepared } from '../families/support.ts'
import { converted, denseLlama, logitsOf, relativeError, tensorsOf } from './support.ts'

const LLAMAS = ['dense-llama-tied', 'dense-llama-untied-llama3rope']

describe('a dense model made recursive', () => {
  it.each(
    LLAMAS.flatMap((fixture) =>
      INITIALISATIONS.flatMap((init) => [0, 8, 64].map((rank) => [fixture, init, rank] as const)),
    ),
  )('can be run: %s, %s, rank %i', async (fixture, initialisation, rank) => {
    const dense = path.join(FIXTURES, fixture)
    const { folder, outcome } = await converted(dense, { initialisation, rank })
    const { plan } = await prepared(folder)
    expect(plan).toMatchObject({ family: rank === 0 ? 'recursive' : 'relaxed-recursive', maxDepth: 2 })
    expect(plan.parameters).toBe(outcome.parametersAfter)
    expect((await prepared(dense)).plan.parameters).toBe(outcome.parametersBefore)
    const error = relativeError(await logitsOf(folder), await logitsOf(dense))
    if (rank === 64) expect(error).toBeLessThan(1e-5)
    else expect(error).toBeGreaterThan(1e-3)
  })

  it.each(SHARINGS.flatMap((sharing) => INITIALISATIONS.map((init) => [sharing, init] as const)))(
    'computes the same at full rank, and something like it just below: %s, %s',
    async (sharing, initialisation) => {
      const dense = denseLlama(8)
      const middle = sharing.startsWith('middle')
      const expected = await logitsOf(dense)
      const errors = []
      for (const rank of [0, 20, 24]) {
        const { folder } = await converted(dense, { sharing, initialisation, recursions: middle ? 3 : 2, rank })
        errors.push(relativeError(await logitsOf(folder), expected))
      }
      expect(errors[2]).toBeLessThan(1e-5)
      expect(errors[1]).toBeLessThan(errors[0]!)
    },
  )

  it('holds what is shared once, and every place its own norms', async () => {
    const dense = denseLlama(6)
    const { folder, outcome } = await converted(dense, { recursions: 3 })
    const [before, after] = [tensorsOf(dense), tensorsOf(folder)]
    const layers = (tensors: Map<string, unknown>, leaf: string): string[] =>
      [...tensors.keys()].filter((name) => name.endsWith(leaf))
    expect(layers(after, 'up_proj.weight')).toEqual([
      'model.layers.0.mlp.up_proj.weight',
      'model.layers.1.mlp.up_proj.weight',
    ])
    for (const name of [...layers(before, 'norm.weight'), 'model.embed_tokens.weight']) {
      expect(after.get(name)).toEqual(before.get(name))
    }
    expect(outcome).toMatchObject({ layers: 6, sharedLayers: 2, madeOf: [[0], [5]] })
  })

  it('takes the matrices that it says', async () => {
    const dense = denseLlama(6)
    const before = tensorsOf(dense)
    const of = (layer: number): Float32Array => before.get(`model.layers.${layer}.mlp.down_proj.weight`)!
    const shared = async (initialisation: (typeof INITIALISATIONS)[number]): Promise<Float32Array | undefined> =>
      tensorsOf((await converted(dense, { initialisation })).folder).get('model.layers.1.mlp.down_proj.weight')
    expect(await shared('lower')).toEqual(of(1))
    expect(await shared('upper')).toEqual(of(4))
    expect(await shared('stepwise')).toEqual(of(2))
    expect(await shared('average')).toEqual(of(1).map((value, i) => (value + of(4)[i]!) / 2))
  })

  it('measures what the adapters leave', async () => {
    const dense = denseLlama(2)
    const { folder, outcome } = await converted(dense, { rank: 5 })
    const [before, after] = [tensorsOf(dense), tensorsOf(folder)]
    const place = 'model.layers.1.mlp.down_proj'
    const [rows, cols] = [24, 40]
    const shared = after.get('model.layers.0.mlp.down_proj.base_layer.weight')!
    const [a, b] = [after.get(`${place}.lora_A.default.weight`)!, after.get(`${place}.lora_B.default.weight`)!]
    const [difference, left] = [new Float64Array(rows * cols), new Float64Array(rows * cols)]
    before.get(`${place}.weight`)!.forEach((value, i) => {
      difference[i] = left[i] = value - shared[i]!
      for (let k = 0; k < 5; k++) left[i] -= b[Math.floor(i / cols) * 5 + k]! * a[k * cols + (i % cols)]!
    })
    const measured = outcome.differences.find(({ matrix }) => matrix === place)!
    expect(measured.left).toBeCloseTo(Math.hypot(...left) / Math.hypot(...difference), 6)
    expect(measured.shared).toBeCloseTo(Math.hypot(...difference) / Math.hypot(...before.get(`${place}.weight`)!), 6)
  })

  it('leaves nothing to adapters where a dense layer was taken as it is, and yet something to train', async () => {
    const { folder, outcome } = await converted(denseLlama(2), { initialisation: 'lower', rank: 3 })
    const [first, second] = ['model.layers.0.mlp.up_proj', 'model.layers.1.mlp.up_proj']
    const of = (name: string): unknown => outcome.differences.find(({ matrix }) => matrix === name)
    expect(of(first)).toEqual({ matrix: first, shared: 0, left: NaN })
    expect(of(second)).toMatchObject({ left: expect.closeTo(0.87, 1) as number })
    const tensors = tensorsOf(folder)
    expect(tensors.get(`${first}.lora_B.default.weight`)!.every((value) => value === 0)).toBe(true)
    expect(Math.hypot(...tensors.get(`${first}.lora_A.default.weight`)!.slice(0, 24))).toBeCloseTo(1, 6)
  })

  it('gives no matrix more rank than it has', async () => {
    const { folder } = await converted(denseLlama(2), { rank: 20 })
    const { relaxation } = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as {
      relaxation: { modules: Record<string, { rank: number }> }
    }
    const ranks = Object.entries(relaxation.modules).map(([name, { rank }]) => [name.split('.').at(-1), rank])
    expect(Object.fromEntries(ranks)).toEqual({
      q_proj: 20,
      k_proj: 12,
      v_proj: 12,
      o_proj: 20,
      gate_proj: 20,
      up_proj: 20,
      down_proj: 20,
    })
  })

  it('knows where an answer ends, and has the companions of the dense model', async () => {
    const dense = denseLlama(2, 4096, true)
    const { folder } = await converted(dense)
    expect((await prepared(folder)).plan.endTokens).toEqual(expect.arrayContaining([3, 7]))
    expect(readdirSync(folder).toSorted()).toEqual(readdirSync(dense).toSorted())
  })
})
