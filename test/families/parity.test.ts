import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { compareFixture } from '../../models/parity/compare-fixture.ts'
import { FEEDINGS } from '../../models/parity/feeding.ts'
import type { Report } from '../../models/parity/report.ts'
import { agrees, worstOf } from '../../models/parity/report.ts'
import { editJson, temporaryFolder } from '../models/support.ts'
import { copyOf, editTensors, FIXTURES, shard } from './support.ts'

const RECORDED = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory())

const compare = (folder: string): Promise<Report> =>
  compareFixture(folder, { cacheFolder: temporaryFolder(onTestFinished), provider: 'cpu' })

describe('the runtime against reference implementations', () => {
  it.each(RECORDED.map(({ name }) => name))('computes what was recorded of %s', async (name) => {
    const report = await compare(path.join(FIXTURES, name))
    expect(report.compared.filter(({ error }) => !(error <= 1e-5))).toEqual([])
    expect(agrees(report)).toBe(true)
    for (const feeding of FEEDINGS) {
      const logits = report.compared.filter(
        (line) => line.how.endsWith(feeding) && /^(causal\/)?logits/.test(line.name),
      )
      expect(logits).not.toEqual([])
    }
    expect(report.notCompared.filter((each) => each.name.startsWith('hidden'))).toEqual([])
    expect(report.notCompared.filter(({ why }) => why.startsWith('nothing says'))).toEqual([])
  })

  it('computes the same from transformers 5 spellings and from several weight files', async () => {
    const folder = copyOf('dense-llama-untied-llama3rope')
    cpSync(path.join(folder, 'config.v5.json'), path.join(folder, 'config.json'))
    shard(folder, 3)
    rmSync(path.join(folder, 'model.safetensors'))
    expect(worstOf(await compare(folder))).toBeLessThan(1e-5)
  })

  it('computes what was recorded of Nanbeige with one norm at the end', async () => {
    const folder = copyOf('nanbeige')
    editJson(folder, 'config.json', (config) => (config.skip_loop_final_norm = true))
    editJson(folder, 'reference.json', (json) => {
      json.calls = {}
      json.input_ids = (json.input_ids as number[][]).slice(0, 1)
    })
    const keep = (tensors: Parameters<Parameters<typeof editTensors>[1]>[0]): void => {
      const logits = tensors.get('logits_skip_loop_final_norm')!
      tensors.clear()
      tensors.set('logits', logits)
    }
    editTensors(folder, keep, 'reference.safetensors')
    const report = await compare(folder)
    expect(report.compared).toHaveLength(3)
    expect(worstOf(report)).toBeLessThan(1e-5)
  })

  it('sees a weight that is a little off', async () => {
    const folder = copyOf('dense-qwen2')
    editTensors(folder, (tensors) => (tensors.get('model.layers.1.self_attn.k_proj.bias')!.values[3]! += 0.02))
    expect(agrees(await compare(folder))).toBe(false)
  })

  it('says what it has no counterpart for, and sees other ids', async () => {
    const folder = copyOf('dense-qwen2')
    editJson(folder, 'reference.json', (json) => {
      const { generate } = json.calls as { generate: { sequences: { generated: number[]; surprise?: number }[] } }
      generate.sequences[1]!.generated[11]! ^= 1
      generate.sequences[0]!.surprise = 1
    })
    const report = await compare(folder)
    expect(report.notCompared.map(({ name }) => name)).toContain('calls.generate.sequences.surprise')
    expect(report.compared.filter(({ error }) => error === Infinity).map(({ name }) => name)).toEqual([
      'calls.generate.sequences[1].generated',
    ])
  })

  it('refuses a recording that is no JSON', async () => {
    const folder = copyOf('dense-qwen2')
    const place = path.join(folder, 'reference.json')
    writeFileSync(place, readFileSync(place, 'utf8').slice(0, 100))
    await expect(compare(folder)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
  })
})
