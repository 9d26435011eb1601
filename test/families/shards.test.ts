import { renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openWeights, weightFiles } from '../../models/formats/weights.ts'
import { temporaryFolder, writeSafetensors } from '../models/support.ts'

const FIRST = 'model-00001-of-00002.safetensors'
const SECOND = 'model-00002-of-00002.safetensors'

function sharded(map: Record<string, string> = { a: FIRST, b: SECOND }): string {
  const folder = temporaryFolder()
  writeSafetensors(path.join(folder, FIRST), { a: { shape: [2], values: [1, 2] } })
  writeSafetensors(path.join(folder, SECOND), { b: { shape: [1, 1], values: [3] } })
  writeFileSync(
    path.join(folder, 'model.safetensors.index.json'),
    JSON.stringify({ metadata: { total_size: 12 }, weight_map: map }),
  )
  return folder
}

describe('weights in several files', () => {
  it('read like weights in one', () => {
    const folder = sharded()
    const weights = openWeights(folder)
    expect([...weights.entries.keys()]).toEqual(['a', 'b'])
    expect([...weights.readFloats('a', [2])]).toEqual([1, 2])
    expect([...weights.readFloats('b', [1, 1])]).toEqual([3])
    expect(() => weights.readFloats('c', [1])).toThrow(/c is missing/)
    expect(() => weights.readFloats('b', [2])).toThrow(/shape/)
    weights.close()
    expect(weightFiles(folder)).toEqual(['model.safetensors.index.json', FIRST, SECOND])
  })

  it('give way to one whole file', () => {
    const folder = sharded()
    writeSafetensors(path.join(folder, 'model.safetensors'), { whole: { shape: [1], values: [1] } })
    const weights = openWeights(folder)
    expect([...weights.entries.keys()]).toEqual(['whole'])
    weights.close()
  })

  it.each<[string, RegExp, (folder: string) => void]>([
    [
      'a shard is gone',
      /00002.* cannot be opened/,
      (f) => {
        rmSync(path.join(f, SECOND))
      },
    ],
    [
      'a shard is cut',
      /00002.* is cut/,
      (f) => {
        truncateSync(path.join(f, SECOND), statSync(path.join(f, SECOND)).size - 1)
      },
    ],
    [
      'two shards are swapped',
      /lies in .*00001.* names .*00002/,
      (f) => {
        renameSync(path.join(f, FIRST), path.join(f, 'x'))
        renameSync(path.join(f, SECOND), path.join(f, FIRST))
        renameSync(path.join(f, 'x'), path.join(f, SECOND))
      },
    ],
    [
      'the index is no JSON',
      /not valid JSON/,
      (f) => {
        writeFileSync(path.join(f, 'model.safetensors.index.json'), '{')
      },
    ],
  ])('are refused where %s', (_, message, damage) => {
    const folder = sharded()
    damage(folder)
    expect(() => openWeights(folder)).toThrow(
      expect.objectContaining({ code: 'MODEL_WEIGHTS', message: expect.stringMatching(message) as string }),
    )
  })

  it.each([
    ['a tensor that no shard has', { a: FIRST, b: SECOND, c: SECOND }, /c is missing/],
    ['no place for a tensor', { a: FIRST, d: SECOND }, /b lies in .* does not list/],
    ['a shard outside the folder', { a: FIRST, b: `../${SECOND}` }, /weight_map.b/],
    ['a shard at an absolute path', { a: FIRST, b: `/tmp/${SECOND}` }, /weight_map.b/],
    ['a shard that is no safetensors file', { a: FIRST, b: 'config.json' }, /weight_map.b/],
  ])('are refused where the index has %s', (_, map, message) => {
    const folder = sharded(map)
    expect(() => openWeights(folder)).toThrow(
      expect.objectContaining({ code: 'MODEL_WEIGHTS', message: expect.stringMatching(message) as string }),
    )
  })

  it('answer MODEL_NOT_FOUND where there are none', () => {
    expect(() => openWeights(temporaryFolder())).toThrow(expect.objectContaining({ code: 'MODEL_NOT_FOUND' }))
  })

  it('are refused where they are pickled', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'pytorch_model.bin'), 'PK')
    expect(() => openWeights(folder)).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: expect.stringContaining('convert them to safetensors') as string,
      }),
    )
  })
})
