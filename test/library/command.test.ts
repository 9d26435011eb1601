import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { COMMIT, FAULTS, TestHub } from '../hub/server.ts'
import { FILES, NAME, temporaryFolder, WEIGHTS } from '../hub/support.ts'

const COMMAND = path.join(import.meta.dirname, '../../models/cli/models.ts')
const CONFIG = JSON.stringify({
  model_type: 'ouro',
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 512,
})

async function machine() {
  const hub = await TestHub.start()
  hub.add(NAME, { ...FILES, 'config.json': CONFIG }, { licence: 'mit' })
  const data = temporaryFolder()
  const env = {
    ...process.env,
    DEPTHWISE_DATA: data,
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: data,
    HOME: data,
    NODE_OPTIONS: '',
  }
  const run = (words: string[], during?: (kill: () => void) => void) =>
    new Promise<{ code: number | null; out: string; error: string }>((resolve) => {
      const child = spawn(process.execPath, [COMMAND, ...words], { env })
      const said = { out: '', error: '' }
      child.stdout.on('data', (text: Buffer) => (said.out += text.toString()))
      child.stderr.on('data', (text: Buffer) => (said.error += text.toString()))
      child.on('close', (code) => {
        resolve({ code, ...said })
      })
      during?.(() => child.kill('SIGINT'))
    })
  return { hub, data, run }
}

test('a model is looked at, downloaded with a break, listed and removed', async () => {
  const { hub, data, run } = await machine()
  const look = await run(['look', NAME])
  expect(look).toMatchObject({ code: 0, error: '' })
  expect(look.out).toContain('licence mit')
  expect(existsSync(path.join(data, 'models'))).toBe(false)

  hub.faults = [
    (request, response, file) => {
      const isTaken = FAULTS.stalled(WEIGHTS, 'model.safetensors')(request, response, file)
      if (isTaken) setTimeout(() => interrupt?.(), 300)
      return isTaken
    },
  ]
  let interrupt: (() => void) | null = null
  const broken = await run(['download', NAME], (kill) => (interrupt = kill))
  expect(broken).toMatchObject({ code: 130, out: '' })
  expect(broken.error).toContain('the same command goes on from there')
  expect((await run(['list'])).out).toContain(`begun:${NAME}@${COMMIT}`)

  hub.faults = []
  hub.asked.length = 0
  const done = await run(['download', NAME])
  expect(done.code).toBe(0)
  expect(hub.asked.find(({ host }) => host === 'cdn')!.headers.range).toMatch(/^bytes=[1-9]\d*-$/)
  const folder = done.out.trim()
  expect(existsSync(path.join(folder, 'model.safetensors'))).toBe(true)

  const id = `hub:${NAME}@${COMMIT}`
  const { models, begun } = JSON.parse((await run(['list', '--json'])).out) as {
    models: { id: string }[]
    begun: unknown[]
  }
  expect(models.map((model) => model.id)).toEqual(['built-in', id])
  expect(begun).toEqual([])
  expect(await run(['remove', id])).toMatchObject({ code: 0, out: 'small-model was deleted.\n' })
  expect(readdirSync(path.join(data, 'models'))).toEqual([])
})

test('what is wrong is said in one sentence', async () => {
  const { run } = await machine()
  expect(await run(['--help'])).toMatchObject({
    code: 0,
    error: '',
    out: expect.stringContaining('download REPOSITORY') as string,
  })
  expect(await run(['download', 'a/missing'])).toMatchObject({
    code: 2,
    error: expect.stringContaining('HUB_NOT_FOUND') as string,
  })
  expect(await run(['frobnicate'])).toMatchObject({ code: 2, error: expect.stringContaining('no command') as string })
  expect(await run(['remove', 'built-in'])).toMatchObject({ code: 2 })
})
