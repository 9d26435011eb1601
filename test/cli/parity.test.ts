import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { FEEDINGS } from '../../models/parity/feeding.ts'
import { SafetensorsFile } from '../../models/formats/safetensors.ts'
import { TINY, copyOfTiny, temporaryFolder } from '../models/support.ts'
import { command } from './support.ts'

const parity = command('models/parity/parity.ts')

/** Names of what the small model's makers recorded. */
function recorded(): string[] {
  const file = new SafetensorsFile(path.join(TINY, 'reference.safetensors'))
  file.close()
  return [...file.entries.keys()].filter((name) => name !== 'input_ids')
}

/** Changes the last bits of every value of one tensor, half floats or wider. */
function disturb(folder: string, tensor: RegExp): void {
  const place = path.join(folder, 'model.safetensors')
  const bytes = readFileSync(place)
  const start = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets: [number, number] }>
  const [name] = Object.keys(header).filter((key) => tensor.test(key))
  const [from, to] = header[name!]!.data_offsets
  for (let i = start + from; i < start + to; i += 2) bytes[i]! ^= 0x18
  writeFileSync(place, bytes)
}

it('finds the small model equal to its recording, tensor by tensor and answer by answer', async () => {
  const outcome = await parity(TINY)
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  const lines = outcome.stdout.trimEnd().split('\n')
  for (const name of recorded()) {
    for (const feeding of FEEDINGS) {
      const line = lines.find((each) => each.includes(`, ${feeding} ${name} `))
      expect(line, `${feeding}, ${name}`).toMatch(/ (\d\.\d\de-\d+|0\.00e\+0|identical)$/)
    }
  }
  const answers = JSON.parse(readFileSync(path.join(TINY, 'reference_answers.json'), 'utf8')) as unknown[]
  expect(answers.length).toBeGreaterThan(0)
  // of each its prompt, its ids and their depths
  expect(lines.filter((line) => /, answer .* identical$/.test(line))).toHaveLength(3 * answers.length)
  expect(lines.at(-1)).toMatch(/^equal: largest relative error .* at most 0\.0001 accepted$/)
})

it('finds a model whose weights were changed a little unequal', async () => {
  const model = copyOfTiny()
  disturb(model, /norm/)
  const outcome = await parity(model)
  expect(outcome).toMatchObject({ code: 1, stderr: '' })
  expect(outcome.stdout).toMatch(/^NOT EQUAL: largest relative error/m)
})

it('refuses a folder without a recording, and a command line without a folder', async () => {
  const model = copyOfTiny()
  rmSync(path.join(model, 'reference.safetensors'))
  for (const [args, sentence] of [
    [[model], `There is no reference.safetensors in ${model}: nothing to compare with. (BAD_ARGUMENT`],
    [[temporaryFolder()], 'There is no reference.safetensors in'],
    [[], 'Say which model folder to compare: npm run --silent parity -- DIR (BAD_ARGUMENT)'],
    [[model, model], 'was not expected here. (BAD_ARGUMENT'],
  ] as const) {
    const outcome = await parity(...args)
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toContain(sentence)
  }
})
