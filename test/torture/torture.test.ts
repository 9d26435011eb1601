import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../models/support.ts'
import { hours } from './hours.ts'
import { kills } from './kills.ts'

test('killing the process at any moment loses nothing that was acknowledged', { timeout: 120_000 }, async () => {
  const outcome = await kills(temporaryFolder(onTestFinished), 1, 12)
  expect(outcome.lost).toEqual([])
  expect(outcome.integrity).toBe('ok')
  expect(outcome.acknowledged).toBeGreaterThan(outcome.rounds)
})

test(
  'a chat that goes on writes every answer, and what its processes hold is measured',
  { timeout: 120_000 },
  async () => {
    const outcome = await hours(temporaryFolder(onTestFinished), 1, 8000)
    expect(outcome.failed).toEqual([])
    expect(outcome.answers).toBeGreaterThan(3)
  },
)

test('the command runs outside of the test runner, which compiles what Node cannot read', () => {
  const said = execFileSync(process.execPath, [path.join(import.meta.dirname, 'run.ts'), 'inputs', '--count', '20'])
  expect(said.toString()).toMatch(/^safetensors: \d+ cases/m)
})
