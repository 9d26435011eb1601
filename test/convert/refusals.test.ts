import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Conversion } from '../../models/convert/convert.ts'
import { convert } from '../../models/convert/convert.ts'
import { copyOf, editTensors, FIXTURES, prepared } from '../families/support.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import { converted, denseLlama, PLAIN } from './support.ts'

/** Nothing is left of a conversion that is refused. */
async function refused(
  source: string,
  conversion: Partial<Conversion>,
  expected: Record<string, unknown>,
): Promise<void> {
  const folder = temporaryFolder()
  const done = convert(source, path.join(folder, 'out'), { ...PLAIN, ...conversion })
  await expect(done).rejects.toMatchObject({ name: 'DepthwiseError', ...expected })
  expect(readdirSync(folder)).toEqual([])
}

const saying = (text: string): unknown => expect.stringContaining(text)

describe('a conversion is refused', () => {
  it.each([
    [{ recursions: 4 }, '4 recursions do not divide its 6 layers (cycle); these do: 2, 3, 6.'],
    [{ recursions: 3, sharing: 'middle_sequence' }, '3 recursions do not divide the 4 layers between'],
  ] as const)('where layers do not divide: %j', async (conversion, message) => {
    await refused(denseLlama(6), conversion, { code: 'BAD_ARGUMENT', detail: '--recursions', message: saying(message) })
  })

  it('where there are no layers to share', async () => {
    const message = saying('no number of recursions does')
    await refused(denseLlama(2), { sharing: 'middle_cycle' }, { code: 'BAD_ARGUMENT', message })
  })

  it('where the rank is beyond the full one', async () => {
    const message = saying('--lora-rank 25 is beyond the full rank of every matrix, 24.')
    await refused(denseLlama(2), { rank: 25 }, { code: 'BAD_ARGUMENT', detail: '--lora-rank', message })
  })

  it.each([
    ['dense-qwen2', 'self_attn.q_proj.bias'],
    ['dense-qwen3', 'self_attn.q_norm.weight'],
    ['nanbeige', 'Only llama can'],
    ['recursive-midcycle', 'Only llama can'],
  ])('of %s, naming what stands in the way', async (fixture, what) => {
    const expected = { code: 'MODEL_UNSUPPORTED', detail: 'model_type', message: saying(what) }
    await refused(path.join(FIXTURES, fixture), {}, expected)
  })

  it.each<[string, string, (config: Record<string, unknown>) => void]>([
    ['MODEL_UNSUPPORTED', 'attention_bias', (c) => (c.attention_bias = true)],
    ['MODEL_UNSUPPORTED', 'rope_scaling.rope_type', (c) => (c.rope_scaling = { rope_type: 'yarn', factor: 4 })],
    ['MODEL_CONFIG', 'hidden_size', (c) => (c.hidden_size = '64')],
  ])('with %s, naming %s', async (code, detail, edit) => {
    const folder = copyOf('dense-llama-tied')
    editJson(folder, 'config.json', edit)
    await refused(folder, {}, { code, detail })
  })

  it.each<[string, Parameters<typeof editTensors>[1]]>([
    ['model.layers.1.mlp.up_proj.weight', (t) => t.delete('model.layers.1.mlp.up_proj.weight')],
    ['model.layers.1.input_layernorm.weight', (t) => t.delete('model.layers.1.input_layernorm.weight')],
    [
      'model.layers.2.mlp.up_proj.weight',
      (t) => t.set('model.layers.2.mlp.up_proj.weight', t.get('model.norm.weight')!),
    ],
    // seen only when the matrix is read, in the midst of it
    ['model.layers.1.mlp.down_proj.weight', (t) => (t.get('model.layers.1.mlp.down_proj.weight')!.values[5] = NaN)],
  ])('where the tensor %s is not as it must be', async (detail, edit) => {
    const folder = copyOf('dense-llama-tied')
    editTensors(folder, edit)
    await refused(folder, { rank: 4 }, { code: 'MODEL_WEIGHTS', detail })
  })

  it('where there is no model, or no place for one', async () => {
    await refused(temporaryFolder(), {}, { code: 'MODEL_NOT_FOUND' })
    const weightless = copyOf('dense-llama-tied')
    rmSync(path.join(weightless, 'model.safetensors'))
    await refused(weightless, {}, { code: 'MODEL_NOT_FOUND' })
    const folder = temporaryFolder()
    const dense = path.join(FIXTURES, 'dense-llama-tied')
    await expect(convert(dense, path.join(folder, 'no', 'such'), PLAIN)).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
    })
    const taken = path.join(folder, 'taken')
    mkdirSync(taken)
    await expect(convert(dense, taken, PLAIN)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', detail: taken })
    expect(readdirSync(folder)).toEqual(['taken'])
  })
})

it('leaves nothing when it is interrupted', async () => {
  const folder = temporaryFolder()
  const interruption = new AbortController()
  const shares: number[] = []
  const progress = (share: number): void => {
    shares.push(share)
    if (share >= 0.5) interruption.abort()
  }
  const watch = { progress, signal: interruption.signal }
  await expect(convert(denseLlama(2), path.join(folder, 'out'), PLAIN, watch)).rejects.toThrow()
  expect(shares).toHaveLength(7)
  expect(readdirSync(folder)).toEqual([])
})

describe('a recursive model that holds what it shares once', () => {
  it.each([[{}], [{ rank: 4 }]])('is refused with copies that it should not have (%j)', async (conversion) => {
    const { folder } = await converted(denseLlama(4), conversion)
    editJson(folder, 'config.json', (config) => delete (config.weights as Record<string, unknown>).every_depth_stored)
    await expect(prepared(folder)).rejects.toMatchObject({ code: 'MODEL_WEIGHTS' })
  })

  it.each<[string, string, (rope: Record<string, unknown>) => void]>([
    ['MODEL_UNSUPPORTED', 'architecture.rope.type', (rope) => (rope.type = 'yarn')],
    ['MODEL_CONFIG', 'architecture.rope.scaling', (rope) => delete rope.scaling],
    [
      'MODEL_CONFIG',
      'architecture.rope.scaling.high_freq_factor',
      (rope) => ((rope.scaling as Record<string, unknown>).high_freq_factor = 0.5),
    ],
  ])('is refused with %s, naming %s', async (code, detail, edit) => {
    const { folder } = await converted(path.join(FIXTURES, 'dense-llama-untied-llama3rope'))
    editJson(folder, 'config.json', (config) => {
      edit((config.architecture as Record<string, Record<string, unknown>>).rope!)
    })
    await expect(prepared(folder)).rejects.toMatchObject({ code, detail })
  })
})
