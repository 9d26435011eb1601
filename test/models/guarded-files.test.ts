import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, it } from 'vitest'
import { convert } from '../../models/convert/convert.ts'
import { openFile } from '../../models/formats/file.ts'
import { openSource } from '../../models/formats/model-source.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { importModel } from '../../models/prepare/import.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { SourceHashes } from '../../models/prepare/source-hash.ts'
import { copyOfTiny, temporaryFolder, TINY } from './support.ts'

const unix = process.platform !== 'win32'
const PARTS = [
  'config.json',
  'generation_config.json',
  'calibration.json',
  'starters.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'model.safetensors',
]
const refused = { name: 'DepthwiseError', code: expect.stringMatching(/^MODEL_/) as string }

it.runIf(unix).each(PARTS)('no import follows %s out of the model folder, whatever lies there', async (part) => {
  const folder = copyOfTiny()
  const outside = path.join(temporaryFolder(), part)
  if (existsSync(path.join(folder, part))) renameSync(path.join(folder, part), outside)
  else writeFileSync(outside, 'a secret')
  symlinkSync(outside, path.join(folder, part))
  const target = path.join(temporaryFolder(), 'target')
  await expect(importModel(folder, target, 'int8')).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('is a link that leads out of the model folder') as string,
  })
  expect(existsSync(target)).toBe(false)
})

it.runIf(unix).each(PARTS)('an import refuses a pipe, a socket or a device as %s and waits for none', async (part) => {
  for (const make of [
    (at: string) => execFileSync('mkfifo', [at]),
    (at: string) =>
      new Promise<void>((resolve) => {
        const server = createServer().listen(at, () => {
          resolve()
        })
        server.unref()
      }),
  ]) {
    const folder = copyOfTiny()
    rmSync(path.join(folder, part), { force: true })
    await make(path.join(folder, part))
    await expect(importModel(folder, path.join(folder, 'out'), 'int8')).rejects.toMatchObject(refused)
  }
  expect(() => openFile('/dev/zero', 'MODEL_WEIGHTS', part)).toThrow(`${part} is not a regular file.`)
})

it.runIf(unix)('nothing is hashed that is no file: a pipe would never end', async () => {
  const pipe = path.join(temporaryFolder(), 'pipe')
  execFileSync('mkfifo', [pipe])
  await expect(new SourceHashes(null).of(pipe)).rejects.toMatchObject({ code: 'MODEL_WEIGHTS' })
})

it.runIf(unix)(
  'a model is read where it lies in the cache of the Hugging Face tools, and from nowhere beside it',
  async () => {
    const repository = path.join(temporaryFolder(), 'models--maker--tiny')
    const snapshot = path.join(repository, 'snapshots', 'a'.repeat(40))
    mkdirSync(snapshot, { recursive: true })
    cpSync(TINY, path.join(repository, 'blobs'), { recursive: true })
    for (const part of PARTS.filter((part) => existsSync(path.join(TINY, part)))) {
      symlinkSync(`../../blobs/${part}`, path.join(snapshot, part))
    }
    const { plan } = await prepare(snapshot, temporaryFolder(), 'int8')
    new ModelTokenizer(snapshot, plan.vocabSize)
    rmSync(path.join(snapshot, 'config.json'))
    mkdirSync(path.join(repository, 'other'))
    cpSync(path.join(TINY, 'config.json'), path.join(repository, 'other', 'config.json'))
    symlinkSync('../../other/config.json', path.join(snapshot, 'config.json'))
    await expect(prepare(snapshot, temporaryFolder(), 'int8')).rejects.toMatchObject({ code: 'MODEL_CONFIG' })
  },
)

it.runIf(unix)('a conversion carries nothing along that lies elsewhere', async () => {
  const folder = path.join(temporaryFolder(), 'model')
  cpSync(path.join(import.meta.dirname, '..', 'fixtures', 'dense-llama-tied'), folder, { recursive: true })
  symlinkSync('/etc/passwd', path.join(folder, 'LICENSE'))
  const target = path.join(temporaryFolder(), 'target')
  const form = { recursions: 2, sharing: 'cycle', initialisation: 'stepwise', rank: 0 } as const
  await expect(convert(folder, target, form)).rejects.toMatchObject({ code: 'MODEL_CONFIG' })
  expect(existsSync(target)).toBe(false)
})

it.runIf(process.platform === 'linux')('terabytes that are holes are refused before they are read', async () => {
  const folder = copyOfTiny()
  truncateSync(path.join(folder, 'model.safetensors'), 8e12)
  let progress = 0
  const told = (fraction: number): void => {
    progress = fraction
  }
  await expect(importModel(folder, path.join(folder, 'out'), 'int8', told)).rejects.toMatchObject({
    code: 'MODEL_WEIGHTS',
    message: expect.stringContaining('the rest is holes, not weights') as string,
  })
  expect(progress).toBe(0)
  const gguf = path.join(folder, 'model.gguf')
  writeFileSync(gguf, 'GGUF')
  truncateSync(gguf, 8e12)
  expect(() => openSource(gguf)).toThrow(/the rest is holes/)
  for (const part of ['config.json', 'starters.json', 'chat_template.jinja']) {
    const other = copyOfTiny()
    writeFileSync(path.join(other, part), existsSync(path.join(TINY, part)) ? readFileSync(path.join(TINY, part)) : '')
    truncateSync(path.join(other, part), 65_000_000)
    await expect(importModel(other, path.join(other, 'out'), 'int8')).rejects.toMatchObject(refused)
  }
})
