import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { prepare } from '../../models/prepare/prepare.ts'
import { TINY, copyOfTiny, editJson, temporaryFolder } from './support.ts'

type Rows = { budget: number; capacities: number[]; thresholds: (number | null)[] }[]

describe('preparing a model', () => {
  it('writes every graph and the weights once, and finds them again', async () => {
    const cache = temporaryFolder()
    const seen: number[] = []
    const first = await prepare(TINY, cache, 'int8', (fraction) => seen.push(fraction))
    expect(seen.at(-1)).toBe(1)
    expect(readdirSync(first.folder).toSorted()).toEqual(
      [
        ...['block', 'enter', 'leave'].flatMap((name) => [`${name}.resident.onnx`, `${name}.onnx`]),
        'block.reading.resident.onnx',
        ...['allocate', 'copy', 'grow', 'index', 'merge', 'probe', 'readout'].map((tool) => `${tool}.onnx`),
        ...['constants.bin', 'plan.json', 'weights.bin'],
      ].toSorted(),
    )
    const again: number[] = []
    const second = await prepare(TINY, cache, 'int8', (fraction) => again.push(fraction))
    expect(second).toEqual(first)
    expect(again).toEqual([])
  })

  it('visits one block once for every recursion', async () => {
    const { plan } = await prepare(TINY, temporaryFolder(), 'fp32')
    expect(plan.visits.map((visit) => visit.graph)).toEqual(['enter', 'block', 'block', 'block', 'leave'])
    expect(plan.visits.map((visit) => visit.cache?.mode)).toEqual(['append', 'append', 'shared', 'shared', 'append'])
  })

  it('makes other files of another precision and of other weights', async () => {
    const cache = temporaryFolder()
    const model = copyOfTiny()
    const folders = [await prepare(model, cache, 'int8'), await prepare(model, cache, 'int4')].map(
      (made) => made.folder,
    )
    const weights = path.join(model, 'model.safetensors')
    const bytes = readFileSync(weights)
    bytes[bytes.length - 2]! ^= 1
    writeFileSync(weights, bytes)
    folders.push((await prepare(model, cache, 'int8')).folder)
    expect(new Set(folders).size).toBe(3)
  })

  it('makes a damaged folder anew', async () => {
    const cache = temporaryFolder()
    const { folder } = await prepare(TINY, cache, 'int8')
    rmSync(path.join(folder, 'block.onnx'))
    await prepare(TINY, cache, 'int8')
    expect(readdirSync(folder)).toContain('block.onnx')
  })

  it.each<[string, string, (folder: string) => void]>([
    [
      'MODEL_NOT_FOUND',
      'no tokenizer',
      (f) => {
        rmSync(path.join(f, 'tokenizer.json'))
      },
    ],
    [
      'MODEL_CONFIG',
      'a config that is no JSON',
      (f) => {
        writeFileSync(path.join(f, 'config.json'), '{')
      },
    ],
    [
      'MODEL_CONFIG',
      'a hidden size of a billion',
      (f) => {
        editJson(f, 'config.json', (c) => (c.hidden_size = 1e9))
      },
    ],
    [
      'MODEL_CONFIG',
      'an unknown activation',
      (f) => {
        editJson(f, 'config.json', (c) => (c.hidden_act = 'relu'))
      },
    ],
    [
      'MODEL_CONFIG',
      'an end token that is no number',
      (f) => {
        editJson(f, 'config.json', (c) => (c.eos_token_id = 'two'))
      },
    ],
    [
      'MODEL_UNSUPPORTED',
      'an unknown type',
      (f) => {
        editJson(f, 'config.json', (c) => (c.model_type = 'mamba'))
      },
    ],
    [
      'MODEL_WEIGHTS',
      'cut weights',
      (f) => {
        truncateSync(path.join(f, 'model.safetensors'), 5_000_000)
      },
    ],
    [
      'MODEL_WEIGHTS',
      'a recursion too many for the weights',
      (f) => {
        editJson(f, 'config.json', (c) => (c.num_recursions = 4))
      },
    ],
    [
      'MODEL_WEIGHTS',
      'a layer too few for the weights',
      (f) => {
        editJson(f, 'config.json', (c) => (c.num_block_layers = 1))
      },
    ],
    [
      'MODEL_CALIBRATION',
      'a calibration that falls',
      (f) => {
        editJson(f, 'calibration.json', (c) => (c.budgets as Rows).reverse())
      },
    ],
    [
      'MODEL_CALIBRATION',
      'a threshold too few',
      (f) => {
        editJson(f, 'calibration.json', (c) => (c.budgets as Rows)[3]!.thresholds.pop())
      },
    ],
  ])('answers %s to %s and leaves nothing behind', async (code, _, damage) => {
    const cache = temporaryFolder()
    const model = copyOfTiny()
    damage(model)
    await expect(prepare(model, cache, 'int8')).rejects.toMatchObject({ name: 'DepthwiseError', code })
    expect(readdirSync(cache)).toEqual([])
  })

  it('answers CACHE_UNWRITABLE where a file is in the way of the cache', async () => {
    const blocked = path.join(temporaryFolder(), 'file')
    writeFileSync(blocked, '')
    await expect(prepare(TINY, path.join(blocked, 'cache'), 'int8')).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
    })
  })

  it('answers MODEL_NOT_FOUND to an empty folder', async () => {
    const empty = path.join(temporaryFolder(), 'empty')
    mkdirSync(empty)
    await expect(prepare(empty, temporaryFolder(), 'int8')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
  })
})
