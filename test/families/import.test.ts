import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { trainedThresholds } from '../../models/runtime/budget/thresholds.ts'
import { Engine } from '../../models/runtime/engine.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import type { Plan } from '../../models/plan/plan.ts'
import { importModel } from '../../models/prepare/import.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { command } from '../cli/support.ts'
import { TINY, copyOfTiny, editJson, temporaryFolder } from '../models/support.ts'
import { copyOf, FIXTURES } from './support.ts'

const run = command('models/cli/import.ts')

it('writes a model that is loaded from where it lies, and answers like the original', async () => {
  const [cacheFolder, target] = [temporaryFolder(), path.join(temporaryFolder(), 'imported')]
  const plan = await importModel(TINY, target, 'int8')
  const request = { cacheFolder, precision: 'int8', provider: 'cpu' } as const
  const answers: unknown[] = []
  for (const modelFolder of [target, TINY]) {
    const engine = await Engine.load({ modelFolder, ...request }, () => undefined)
    onTestFinished(() => engine.release())
    expect(engine.info.id).toBe(plan.id)
    const ids = engine.tokenizer.encodeChat([{ role: 'user', content: 'Hello' }], true)
    const { logits } = await engine.sequence().append(ids, [-Infinity, -Infinity], 'last')
    answers.push([...logits!])
    if (modelFolder === target) expect(readdirSync(cacheFolder).filter((name) => !name.endsWith('.json'))).toEqual([])
  }
  expect(answers[0]).toEqual(answers[1])
})

const IMPORTED = [
  'dense-qwen2',
  'dense-qwen3',
  'hrm-text',
  'mod',
  'mode-integrated',
  'mode-staged',
  'mor-expert-auxrouter-mlp-midcycle-cache',
  'mor-token-lossfree-sigmoid-mlp-midcycle-kvshare',
  'ouro',
  'recursive-sequence-kvshare',
  'relaxed-dora-midcycle',
]

it.each(['int4', 'int8', 'none'])('imports every recorded family, weights %s', async (quantize) => {
  for (const fixture of IMPORTED) {
    const target = path.join(temporaryFolder(), fixture)
    await importModel(path.join(FIXTURES, fixture), target, quantize === 'none' ? 'fp32' : (quantize as 'int4'))
    const model = await prepare(target, temporaryFolder(), 'fp32', undefined, { chat: false })
    expect(model).toMatchObject({ folder: target, precision: quantize === 'none' ? 'fp32' : quantize })
    const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
    const { logits } = await sequenceOn(model.plan, graphs).append(
      [1, 2, 3],
      trainedThresholds(model.plan.policy)!,
      'all',
    )
    expect(logits!.every(Number.isFinite)).toBe(true)
    await graphs.release()
  }
})

it('says what it did', async () => {
  const target = path.join(temporaryFolder(), 'small')
  const outcome = await run(path.join(FIXTURES, 'dense-qwen2'), '--to', target, '--quantize', 'int4')
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  expect(outcome.stdout).toContain(`(qwen2, 26912 parameters, int4) is ready in ${target}`)
  expect(outcome.stdout).not.toContain('chat template')
  const bare = copyOfTiny()
  editJson(bare, 'tokenizer_config.json', (config) => delete config.chat_template)
  const told = await run(bare, '--to', path.join(temporaryFolder(), 'bare'))
  expect(told.stdout).toContain('It has no chat template: it goes on with texts (ask --raw)')
})

it('refuses what is in the way or damaged, and leaves nothing behind', async () => {
  const folder = temporaryFolder()
  const target = path.join(folder, 'out')
  const broken = copyOf('dense-qwen2')
  truncateSync(path.join(broken, 'model.safetensors'), 50_000)
  await expect(importModel(broken, target, 'int8')).rejects.toMatchObject({ code: 'MODEL_WEIGHTS' })
  const talker = copyOf('dense-qwen2')
  writeFileSync(path.join(talker, 'tokenizer.json'), '{}')
  await expect(importModel(talker, target, 'int8')).rejects.toMatchObject({ code: 'MODEL_TOKENIZER' })
  await expect(importModel(path.join(folder, 'none'), target, 'int8')).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
  })
  await expect(importModel(broken, path.join(folder, 'no', 'such'), 'int8')).rejects.toMatchObject({
    code: 'CACHE_UNWRITABLE',
  })
  expect(readdirSync(folder)).toEqual([])
  mkdirSync(target)
  await expect(importModel(broken, target, 'int8')).rejects.toMatchObject({ code: 'BAD_ARGUMENT', detail: target })
})

const unix = process.platform !== 'win32'

it.runIf(unix).each(['config.json', 'generation_config.json', 'model.safetensors', 'starters.json', 'tokenizer.json'])(
  'refuses a pipe, a folder or a link to itself as %s, and does not wait',
  async (file) => {
    for (const make of [
      mkdirSync,
      (at: string) => execFileSync('mkfifo', [at]),
      (at: string) => {
        symlinkSync(at, at)
      },
    ]) {
      const folder = copyOf('dense-qwen2')
      cpSync(path.join(TINY, 'tokenizer_config.json'), path.join(folder, 'tokenizer_config.json'))
      rmSync(path.join(folder, file), { force: true })
      make(path.join(folder, file))
      const outcome = importModel(folder, path.join(folder, 'out'), 'fp32').catch((error: unknown) => error)
      // a link that leads nowhere is no file: what may be missing is
      if (file.startsWith('generation') || file.startsWith('starters')) await outcome
      else
        expect(await outcome).toMatchObject({
          name: 'DepthwiseError',
          code: expect.stringMatching(/^MODEL_/) as string,
        })
    }
  },
)

it.runIf(unix)('carries nothing along that only looks like prompts', async () => {
  const folder = copyOf('dense-qwen2')
  symlinkSync('/etc/passwd', path.join(folder, 'starters.json'))
  await expect(importModel(folder, path.join(folder, 'out'), 'fp32')).rejects.toMatchObject({ code: 'MODEL_CONFIG' })
  expect(readdirSync(folder)).not.toContain('out')
})

it('answers wrong arguments with a sentence and exit code 2', async () => {
  for (const args of [[], [FIXTURES], [FIXTURES, '--to', 'x', '--quantize', 'int3']]) {
    expect(await run(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('BAD_ARGUMENT') as string,
    })
  }
})

it('is refused where its plan names what is not there', async () => {
  const target = path.join(temporaryFolder(), 'imported')
  await importModel(path.join(FIXTURES, 'dense-qwen2'), target, 'int8')
  const plan = readFileSync(path.join(target, 'plan.json'), 'utf8')
  const edits: [string, (plan: Plan) => void][] = [
    ['visits.0.graph', (p) => (p.visits[0]!.graph = 'other')],
    ['visits.0.cache.slots', (p) => (p.visits[0]!.cache!.slots[0] = '__proto__')],
    ['visits.0.outputs', (p) => (p.visits[0]!.outputs = { state: 'none' })],
    ['constants.far', (p) => (p.constants.far = { dims: [2 ** 40, 2 ** 40], offset: 0 })],
    ['tail', (p) => (p.tail = 9)],
    ['endTokens.0', (p) => (p.endTokens = [p.vocabSize])],
    ['forms.resident', (p) => (p.prompts = 'whole')],
    ['forms.resident.graphs', (p) => (p.forms.resident!.graphs = {})],
  ]
  for (const [detail, edit] of edits) {
    const changed = JSON.parse(plan) as Plan
    edit(changed)
    writeFileSync(path.join(target, 'plan.json'), JSON.stringify(changed))
    await expect(prepare(target, temporaryFolder(), 'int8', undefined, { chat: false })).rejects.toMatchObject({
      code: 'MODEL_CONFIG',
      detail,
    })
  }
})

it('is refused when loaded with a file gone', async () => {
  const target = path.join(temporaryFolder(), 'imported')
  await importModel(path.join(FIXTURES, 'dense-qwen2'), target, 'int8')
  for (const file of ['grow.onnx', 'model.resident.onnx', 'weights.bin']) {
    rmSync(path.join(target, file))
    await expect(prepare(target, temporaryFolder(), 'int8', undefined, { chat: false })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      detail: path.join(target, file),
    })
  }
})
