import { statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { cacheFolder } from '../../models/common/places.ts'
import { anatomyOf, parametersOf } from '../../models/library/anatomy.ts'
import { catalogue } from '../../models/library/catalogue.ts'
import { problemOf } from '../../models/library/describe.ts'
import { describeFolder } from '../../models/library/folder.ts'
import { fittingPrecision, memoryOf } from '../../models/library/memory.ts'
import { PUBLISHED } from '../../models/library/published.ts'
import { abilitiesOf, licenceOf } from '../../models/library/template.ts'
import { WEIGHTS_FILE } from '../../models/plan/layout.ts'
import { prepare } from '../../models/prepare/prepare.ts'

const anatomy = (name: keyof typeof PUBLISHED) => anatomyOf(PUBLISHED[name].model_type, PUBLISHED[name])!

// as transformers counts them, or as the Hub shows them, in thousands where it rounds
test.each([
  ['ouro-1.4b', 1_434_700_000],
  ['nanbeige4.2-3b', 4_169_800_000],
  ['huginn-0125', 3_565_000_000],
  ['recurrent-llama', 1_385_000_000],
  ['hrm-text-1b', 1_182_800_000],
  ['smollm2-135m', 134_515_008],
  ['smollm2-360m', 361_821_120],
  ['smollm2-1.7b', 1_711_376_384],
  ['qwen3-0.6b', 596_049_920],
  ['qwen3-1.7b', 1_720_574_976],
  ['llama-3.2-1b', 1_235_814_400],
] as const)('%s has %i parameters', (name, published) => {
  const counted = parametersOf(anatomy(name))
  if (published % 1000 === 0 && published % 100_000 === 0) expect(Math.abs(counted / published - 1)).toBeLessThan(5e-4)
  else expect(Math.abs(counted - published)).toBeLessThan(5000)
})

test('the K/V of a token at both ends of the slider are those of the published shapes', () => {
  const perToken = (name: keyof typeof PUBLISHED) => {
    const { kvAtLeast, kvAtMost, context } = memoryOf(anatomy(name))
    return [kvAtLeast / context, kvAtMost / context]
  }
  // twice what bfloat16 takes: 192 and 768 KiB
  expect(perToken('ouro-1.4b')).toEqual([393_216, 1_572_864])
  expect(perToken('huginn-0125')).toEqual([337_920, 5_575_680])
  expect(perToken('nanbeige4.2-3b')).toEqual([360_448, 360_448])
  expect(perToken('recurrent-llama')).toEqual([57_344, 819_200])
  expect(perToken('smollm2-135m')).toEqual([46_080, 46_080])
})

test.each(['int8', 'int4'] as const)(
  'the weights of the small test model in %s are as large as was computed',
  async (precision) => {
    const folder = path.join(import.meta.dirname, '../models/tiny')
    const { memory } = describeFolder(folder)
    const prepared = await prepare(folder, cacheFolder(), precision)
    const { size } = statSync(path.join(prepared.folder, WEIGHTS_FILE))
    // RoPE tables, routers and padding are not in the estimate
    expect(memory!.weights[precision] / size).toBeGreaterThan(0.85)
    expect(memory!.weights[precision] / size).toBeLessThan(1.05)
  },
)

test('every entry of the catalogue can be run, and says what the slider means', () => {
  const all = catalogue()
  expect(all.length).toBe(15)
  for (const { repository, memory, slider, licence, why, bytes, parameters } of all) {
    expect(memory, repository).not.toBe(null)
    expect(
      [slider, licence, why].every((text) => text),
      repository,
    ).toBe(true)
    // two or four bytes a parameter, and at most the head a second time
    expect(bytes / parameters!, repository).toBeGreaterThan(1.9)
    expect(bytes / parameters!, repository).toBeLessThan(4.5)
  }
  expect(all.filter(({ adjustable }) => adjustable).map(({ repository }) => repository)).toEqual([
    'ByteDance/Ouro-1.4B-Thinking',
    'ByteDance/Ouro-2.6B-Thinking',
    'tomg-group-umd/huginn-0125',
    ...[4, 8, 16, 32].map((steps) => `smcleish/Recurrent-Llama-3.2-train-recurrence-${steps}`),
  ])
})

test('4 bits are taken where 8 do not fit', () => {
  const memory = memoryOf(anatomy('ouro-2.6b'))
  expect(fittingPrecision(memory, 64e9)).toBe('int8')
  expect(fittingPrecision(memory, 8e9)).toBe('int4')
  expect(fittingPrecision(null, 1)).toBe('int8')
})

test.each([
  ['no type', {}, 'does not say'],
  ['an unknown type', { model_type: 'bert' }, 'type bert cannot be run'],
  ['MLX', { ...PUBLISHED['ouro-1.4b'], quantization: { bits: 4, group_size: 64 } }, 'MLX'],
  ['a wrong value', { ...PUBLISHED['ouro-1.4b'], hidden_size: 'wide' }, 'hidden_size'],
  ['nothing', null, 'cannot be read'],
])('a configuration with %s is refused before it is used', (_what, config, words) => {
  expect(problemOf(config)?.message).toContain(words)
})

test('a template says whether a model chats and thinks', () => {
  expect(abilitiesOf(null, {})).toEqual({ chat: false, thinking: false })
  expect(abilitiesOf(null, { chat_template: '{{ messages }}' })).toEqual({ chat: true, thinking: false })
  expect(abilitiesOf('{% if enable_thinking %}', { chat_template: 'x' })).toEqual({ chat: true, thinking: true })
  const named = [
    { name: 'tool_use', template: '<think>' },
    { name: 'default', template: 'plain' },
  ]
  expect(abilitiesOf(null, { chat_template: named })).toEqual({ chat: true, thinking: false })
})

test('a card names its licence in its first lines only', () => {
  expect(licenceOf('---\nlanguage: en\nlicense: apache-2.0\n---\nlicense: mit')).toBe('apache-2.0')
  expect(licenceOf('---\nlicense: other\nlicense_name: llama3.2\n---\n')).toBe('llama3.2')
  expect(licenceOf('license: mit')).toBe(null)
})
