import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { denseLlama } from '../convert/support.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import { command, lastJson } from './support.ts'

const calibrate = command('models/cli/calibrate.ts')
const score = command('models/cli/score.ts')

it('measures what each exit costs, and the model then knows it', { timeout: 120_000 }, async () => {
  const folder = denseLlama(3, 4096, true)
  editJson(folder, 'config.json', (config) => (config.early_exits = [1]))
  const texts = path.join(temporaryFolder(), 'texts.jsonl')
  writeFileSync(texts, `${JSON.stringify({ text: 'The sea is wide and deep.' })}\n`)
  const outcome = await calibrate(folder, '--texts', texts)
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  const { budgets } = JSON.parse(readFileSync(path.join(folder, 'calibration.json'), 'utf8')) as {
    budgets: { budget: number; capacities: number[]; nll: number }[]
  }
  expect(budgets.map(({ budget, capacities }) => [budget, ...capacities])).toEqual([
    [0, 0],
    [1, 1],
  ])
  const [scored, again] = await Promise.all([
    score('--model', folder, '--texts', texts, '--json', '--budget', '0'),
    calibrate(folder, '--texts', texts),
  ])
  expect(lastJson(scored)).toMatchObject({ mean_depth: 1, budget_realised: 0 })
  expect(lastJson(scored).nll).toBeCloseTo(budgets[0]!.nll, 6)
  expect(again).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Only models with early_exits') as string,
  })
})

it('takes exits from the command line to try them, and says what it was not told', async () => {
  const folder = denseLlama(3, 4096, true)
  const texts = path.join(temporaryFolder(), 'texts.jsonl')
  writeFileSync(texts, `${JSON.stringify({ text: 'The sea is wide.' })}\n`)
  const set = (value: string) => score('--model', folder, '--texts', texts, '--json', '--budget', '0', '--set', value)
  expect(lastJson(await set('early_exits=[1,2]'))).toMatchObject({ mean_depth: 1, budget_realised: 0 })
  expect(await set('early_exits')).toMatchObject({ code: 2, stderr: expect.stringContaining('FIELD=JSON') as string })
  expect(await calibrate(folder)).toMatchObject({ code: 2, stderr: expect.stringContaining('--texts') as string })
})
