import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { command } from '../cli/support.ts'
import { FIXTURES } from '../families/support.ts'
import { temporaryFolder } from '../models/support.ts'
import { denseLlama } from './support.ts'

const run = command('models/cli/convert.ts')
const DENSE = path.join(FIXTURES, 'dense-llama-tied')

it('says what it did', async () => {
  const target = path.join(temporaryFolder(), 'out')
  const outcome = await run(DENSE, '--to', target, '--recursions', '2', '--lora-rank', '8', '--init', 'lower')
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  const [layers, sources, parameters, far, left, untrained, place] = outcome.stdout.split('\n')
  expect(layers).toBe('2 layers: 2 recursions of 1 shared ones (cycle); each place keeps its own norms.')
  expect(sources).toMatch(/dense layers 0 \(lower/)
  expect(parameters).toMatch(/^Parameters: 90432 before, \d+ after \(\d+\.\d %\)\.$/)
  expect(far).toMatch(/\d+\.\d % of the dense ones on average, \d+\.\d % at worst \(model\.layers\.1\.\w+\.\w+\)\.$/)
  expect(left).toMatch(/^Adapters of rank 8 at every place leave \d+\.\d % of that difference on average/)
  expect(untrained).toMatch(/worse than guessing: such a model needs training before it is of use/)
  expect(place).toBe(`It lies in ${target}`)
})

it('says where a model is larger than the dense one, and nothing of training at full rank', async () => {
  const { stdout } = await run(
    DENSE,
    '--to',
    path.join(temporaryFolder(), 'out'),
    '--recursions',
    '2',
    '--lora-rank',
    '64',
  )
  expect(stdout).toMatch(/The model is larger than the dense one \(1\d\d\.\d %\): adapters of rank 64 take more/)
  expect(stdout).not.toContain('training')
})

it('takes layers as they are without adapters, and their mean with some', async () => {
  const folder = temporaryFolder()
  const plain = await run(DENSE, '--to', path.join(folder, 'plain'), '--recursions', '2')
  expect(plain.stdout).toMatch(/stepwise[^]*No adapters/)
  const relaxed = await run(DENSE, '--to', path.join(folder, 'relaxed'), '--recursions', '2', '--lora-rank', '1')
  expect(relaxed.stdout).toContain('dense layers 0+1 (average')
})

it('makes models that other commands take', async () => {
  const folder = temporaryFolder()
  const [target, imported] = [path.join(folder, 'recursive'), path.join(folder, 'imported')]
  const made = await run(denseLlama(4, 4096, true), '--to', target, '--recursions', '2', '--lora-rank', '6')
  expect(made.code).toBe(0)
  const quantised = await command('models/cli/import.ts')(target, '--to', imported, '--quantize', 'int4')
  expect(quantised).toMatchObject({ code: 0, stderr: '' })
  for (const model of [target, imported]) {
    const answer = await command('models/cli/ask.ts')('Hi', '--model', model, '--max-tokens', '3', '--provider', 'cpu')
    expect(answer).toMatchObject({ code: 0, stderr: '' })
  }
})

it('answers wrong arguments with a sentence and exit code 2', async () => {
  const folder = temporaryFolder()
  const to = ['--to', path.join(folder, 'out')]
  const wrong = [
    [],
    [DENSE, '--recursions', '2'],
    [DENSE, ...to],
    [DENSE, ...to, '--recursions', '1'],
    [DENSE, ...to, '--recursions', '2.5'],
    [DENSE, ...to, '--recursions', '3'],
    [DENSE, ...to, '--recursions', '2', '--init', 'random'],
    [DENSE, ...to, '--recursions', '2', '--sharing', 'spiral'],
    [DENSE, ...to, '--recursions', '2', '--lora-rank', '-1'],
    [DENSE, ...to, '--recursions', '2', '--lora-rank', '65'],
    [DENSE, '--to', folder, '--recursions', '2'],
  ]
  for (const args of wrong) {
    const refusal = expect.stringMatching(/^[^\n]+\(BAD_ARGUMENT.*\)\n$/) as string
    expect(await run(...args)).toMatchObject({ code: 2, stdout: '', stderr: refusal })
  }
  expect(readdirSync(folder)).toEqual([])
  expect(existsSync(to[1]!)).toBe(false)
})
