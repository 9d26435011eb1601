import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SafetensorsFile } from '../../models/formats/safetensors.ts'
import { compareFixture } from '../../models/parity/compare-fixture.ts'
import { agrees } from '../../models/parity/report.ts'
import { temporaryFolder } from '../models/support.ts'
import { command, lastJson } from './support.ts'

const BUILT_IN = path.join(import.meta.dirname, '../../models/default')
const built = ['--model', BUILT_IN]
const ask = command('models/cli/ask.ts')

describe('the built-in model', () => {
  it('equals its recording, in pieces and in its answers', { timeout: 300_000 }, async () => {
    const feedings = ['uneven pieces'] as const
    const report = await compareFixture(BUILT_IN, { cacheFolder: temporaryFolder(), provider: 'cpu', feedings })
    const file = new SafetensorsFile(path.join(BUILT_IN, 'reference.safetensors'))
    file.close()
    const recorded = [...file.entries.keys()].filter((name) => !['input_ids', 'logit_positions'].includes(name))
    for (const name of recorded) expect(report.compared.filter((line) => line.name === name)).toHaveLength(1)
    const answers = JSON.parse(readFileSync(path.join(BUILT_IN, 'reference_answers.json'), 'utf8')) as unknown[]
    // of each its prompt, its ids and their depths
    const exact = report.compared.filter(({ how, exact: same }) => how.endsWith(', answer') && same)
    expect(exact).toHaveLength(3 * answers.length)
    expect(agrees(report)).toBe(true)
  })

  it('answers what people ask first, and comes to an end', { timeout: 120_000 }, async () => {
    const paris = await ask('What is the capital of France?', '--temperature', '0', '--json', ...built)
    expect(paris.stdout).toMatch(/\bParis\b/)
    expect(lastJson(paris)).toMatchObject({ finish_reason: 'end', model: 'Depthwise 113M' })
    const sea = await ask('Tell me about the sea', '--seed', '1', '--json', ...built)
    expect(String(lastJson(sea).text)).toMatch(/\b(sea|ocean|water)/)
    expect(lastJson(sea)).toMatchObject({ finish_reason: 'end' })
  })

  it('is in files that any host takes, with what is needed to credit it', () => {
    const index = path.join(BUILT_IN, 'model.safetensors.index.json')
    const { weight_map } = JSON.parse(readFileSync(index, 'utf8')) as { weight_map: Record<string, string> }
    for (const file of new Set(Object.values(weight_map))) {
      expect(statSync(path.join(BUILT_IN, file)).size).toBeLessThan(95_000_000)
    }
    for (const file of ['README.md', 'CREDITS.md', 'eval.json', 'training-log.jsonl', 'starters.json']) {
      expect(existsSync(path.join(BUILT_IN, file)), file).toBe(true)
    }
    expect(readFileSync(path.join(BUILT_IN, 'CREDITS.md'), 'utf8')).toContain('SmolLM2-135M-Instruct')
  })
})
