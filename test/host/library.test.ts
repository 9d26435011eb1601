import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { HostFrame } from '../../electron/contract/frames.ts'
import type { HostOptions } from '../../electron/host/host.ts'
import { createHost } from '../../electron/host/host.ts'
import type { Library } from '../../electron/contract/models.ts'
import { folderOf } from '../../models/hub/partial.ts'
import { COMMIT, FAULTS, TestHub } from '../hub/server.ts'
import { FILES, NAME, QUICK, WEIGHTS } from '../hub/support.ts'
import { ask, quietLibrary, readyStage, ScriptedEngine, stage, temporaryFolder } from './support.ts'

const TINY = path.join(import.meta.dirname, '../models/tiny')
const CONFIG = {
  model_type: 'ouro',
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  max_position_embeddings: 512,
}
const HUB_ID = `hub:${NAME}@${COMMIT}`

async function hubStage(changes: Partial<HostOptions> = {}, more: Parameters<TestHub['add']>[2] = {}) {
  const hub = await TestHub.start()
  hub.add(NAME, { ...FILES, 'config.json': JSON.stringify(CONFIG) }, { licence: 'mit', ...more })
  const dataFolder = changes.dataFolder ?? temporaryFolder()
  const library = {
    ...quietLibrary(dataFolder),
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: dataFolder },
    limits: QUICK,
  }
  return { hub, ...readyStage({ ...changes, dataFolder, library }) }
}

const model = ({ models, found }: Library, id: string) => [...models, ...found].find((each) => each.id === id)

/** A model that can be added, in a folder of its own. */
function copied(name: string): string {
  const folder = path.join(temporaryFolder(), name)
  cpSync(TINY, folder, { recursive: true })
  return folder
}

test('the list says what is here, what could be had, and asks nobody', async () => {
  const { hub, client, dataFolder } = await hubStage()
  const library = await client.late('models.list', {})
  expect(library.models).toMatchObject([{ id: 'built-in', current: true, removal: 'none' }])
  expect(library.catalogue[0]).toMatchObject({ repository: 'ByteDance/Ouro-1.4B-Thinking', modelId: null })
  expect(library).toMatchObject({
    canPick: false,
    canShow: false,
    canStoreToken: false,
    token: 'none',
    hub: hub.endpoint,
  })
  expect(library.machine.folder).toBe(path.join(dataFolder, 'models'))
  expect(hub.asked).toEqual([])
})

test('an added model is used, told of, and given up for the built-in one when it is deleted', async () => {
  const { client, engine } = readyStage()
  const folder = copied('other')
  const { id } = client.call('models.add', { folder })
  client.call('models.use', { id })
  expect(engine().last('load')).toMatchObject({ modelFolder: folder, precision: 'int8' })
  await vi.waitFor(() => {
    expect(model(client.last('models.changed')!, id)).toMatchObject({ current: true, removal: 'added' })
  })
  engine().load()
  await client.late('models.delete', { id })
  expect(engine().last('load')).toMatchObject({ modelFolder: '/models/default' })
  expect(existsSync(folder)).toBe(true)
  expect(model(await client.late('models.list', {}), id)).toBe(undefined)
})

test('a model that cannot be run is not loaded', () => {
  const { client, engine } = readyStage()
  const before = engine().sent.length
  expect(client.refusal('models.use', { id: 'hub:nobody/nothing@x' })).toBe('MODEL_NOT_FOUND')
  expect(client.refusal('models.add', { folder: temporaryFolder() })).toBe('MODEL_NOT_FOUND')
  expect(engine().sent.length).toBe(before)
})

test('no model is switched under an answer', async () => {
  const { client, engine, conversationId } = readyStage()
  const { id } = client.call('models.add', { folder: copied('other') })
  await ask({ client, engine }, conversationId, null, 'question')
  expect(client.refusal('models.use', { id })).toBe('BUSY')
  expect(client.refusal('models.precision', { id: 'built-in', precision: 'int4' })).toBe('BUSY')
})

test('an answer remembers which model of the library wrote it, and the model how fast it was', async () => {
  const { client, engine, conversationId } = readyStage()
  const folder = copied('other')
  const { id } = client.call('models.add', { folder })
  client.call('models.use', { id })
  engine().load()
  const answer = await ask({ client, engine }, conversationId, null, 'question')
  engine().speak(0, ...Array.from({ length: 30 }, () => 'word '))
  engine().finish({ tokens: 30, tokensPerSecond: 42 })
  const { messages } = client.call('conversation.read', { id: conversationId })
  expect(messages.at(-1)!.generation).toMatchObject({ modelId: id })
  expect(answer).toBeDefined()
  expect(model(await client.late('models.list', {}), id)).toMatchObject({ tokensPerSecond: 42 })
})

test('a precision is chosen for a model, and by what fits where nobody chose', async () => {
  const folder = copied('other')
  const dataFolder = temporaryFolder()
  const small = stage({ dataFolder, library: { ...quietLibrary(dataFolder), memory: 10_000 } })
  small.engine().load()
  const { id, precision } = small.client.call('models.add', { folder })
  expect(precision).toBe('int4')
  small.client.call('models.use', { id })
  expect(small.engine().last('load')).toMatchObject({ precision: 'int4' })
  small.engine().load()
  small.client.call('models.precision', { id, precision: 'int8' })
  expect(small.engine().last('load')).toMatchObject({ modelFolder: folder, precision: 'int8' })
  expect(model(await small.client.late('models.list', {}), id)).toMatchObject({
    precision: 'int8',
    precisionChosen: true,
  })
})

test('a repository is looked at, downloaded, used by its name, and deleted with its files', async () => {
  const { hub, client, engine, dataFolder } = await hubStage()
  const look = await client.late('models.look', { repository: `${hub.endpoint}/${NAME}/tree/main` })
  expect(look).toMatchObject({
    repository: NAME,
    asked: 'main',
    revision: COMMIT,
    licence: 'mit',
    problem: null,
    modelId: null,
  })
  client.call('models.download', { repository: NAME })
  expect(client.refusal('models.download', { repository: NAME })).toBe('BUSY')
  await vi.waitFor(() => {
    expect(client.last('models.progress')).toMatchObject({ phase: 'done', modelId: HUB_ID })
  })
  const library = await client.late('models.list', {})
  expect(library.downloads).toEqual([])
  expect(model(library, HUB_ID)).toMatchObject({
    name: 'small-model',
    licence: 'mit',
    repository: NAME,
    removal: 'downloaded',
  })
  client.call('models.use', { id: HUB_ID })
  engine().load()
  expect(client.last('engine.status')).toMatchObject({ phase: 'ready', model: { name: 'small-model' } })
  expect(await client.late('models.look', { repository: NAME })).toMatchObject({ modelId: HUB_ID })
  await client.late('models.delete', { id: HUB_ID })
  expect(existsSync(folderOf(path.join(dataFolder, 'models'), NAME, COMMIT))).toBe(false)
})

test('a download is paused, is there after a restart, goes on, and is cancelled with what has arrived', async () => {
  const { hub, client, close, dataFolder } = await hubStage()
  hub.faults = [FAULTS.stalled(WEIGHTS, 'model.safetensors')]
  const { id } = client.call('models.download', { repository: NAME })
  await vi.waitFor(() => {
    expect(client.last('models.progress')!.bytes).toBeGreaterThan(100_000)
  })
  client.call('models.pause', { id })
  await vi.waitFor(() => {
    expect(client.last('models.progress')).toMatchObject({ phase: 'paused', revision: COMMIT })
  })
  await close()
  const library = {
    ...quietLibrary(dataFolder),
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: dataFolder },
    limits: QUICK,
  }
  const again = readyStage({ dataFolder, library })
  const [paused] = (await again.client.late('models.list', {})).downloads
  expect(paused).toMatchObject({ repository: NAME, phase: 'paused', revision: COMMIT })
  expect(paused!.bytes).toBeGreaterThan(100_000)
  expect(hub.asked.filter(({ host }) => host === 'cdn').length).toBe(1)
  again.client.call('models.resume', { id: paused!.id })
  await vi.waitFor(() => {
    expect(hub.asked.filter(({ host }) => host === 'cdn').length).toBeGreaterThan(1)
  })
  await again.client.late('models.cancel', { id: paused!.id })
  expect((await again.client.late('models.list', {})).downloads).toEqual([])
  expect(existsSync(`${folderOf(path.join(dataFolder, 'models'), NAME, COMMIT)}.partial`)).toBe(false)
})

test('a download that fails says why, and can be tried again', async () => {
  const { hub, client } = await hubStage({}, { gated: true, token: 'hf_in' })
  const { id } = client.call('models.download', { repository: NAME })
  await vi.waitFor(() => {
    expect(client.last('models.progress')).toMatchObject({ phase: 'failed', failure: { code: 'HUB_GATED' } })
  })
  hub.repositories.get(NAME)!.gated = false
  client.call('models.resume', { id })
  await vi.waitFor(() => {
    expect(client.last('models.progress')).toMatchObject({ phase: 'done' })
  })
})

test('a token is kept where there is a safe place, and used', async () => {
  let kept: string | null = null
  const desktop = {
    pickModel: () => Promise.resolve(copied('picked')),
    show: vi.fn(),
    token: {
      read: () => kept,
      write: (token: string | null) => {
        kept = token
      },
    },
  }
  const { client } = await hubStage({ desktop }, { private: true, token: 'hf_in' })
  await expect(client.late('models.look', { repository: NAME })).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' })
  client.call('models.token', { token: ' hf_in ' })
  expect(await client.late('models.look', { repository: NAME })).toMatchObject({ repository: NAME })
  expect(await client.late('models.list', {})).toMatchObject({ token: 'stored', canStoreToken: true, canPick: true })
  const picked = await client.late('models.pick', {})
  expect(picked).toMatchObject({ origin: 'folder' })
  client.call('models.show', { id: picked!.id })
  expect(desktop.show).toHaveBeenCalledWith(picked!.folder)
})

test('a browser session has no dialogs and no place for a token', async () => {
  const { client } = readyStage()
  expect(client.refusal('models.token', { token: 'hf_x' })).toBe('BAD_ARGUMENT')
  expect(client.refusal('models.show', { id: 'built-in' })).toBe('BAD_ARGUMENT')
  await expect(client.late('models.pick', {})).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
})

test('a link opens the page of models with its repository, and downloads nothing', async () => {
  const { host, hub, client } = await hubStage()
  host.openLink('depthwise://models/huggingface/ByteDance/Ouro-1.4B-Thinking')
  expect(client.last('models.open')).toEqual({ repository: 'ByteDance/Ouro-1.4B-Thinking', revision: null })
  host.openLink('depthwise://settings/delete/everything')
  host.openLink('https://huggingface.co.example/a/b')
  expect(client.all('models.open').length).toBe(1)
  expect(hub.asked).toEqual([])
})

test('a link that comes before any window waits for the first', () => {
  const dataFolder = temporaryFolder()
  const host = createHost({
    dataFolder,
    cacheFolder: path.join(dataFolder, 'cache'),
    builtInModel: '/models/default',
    version: '0.0.0-test',
    spawnEngine: () => new ScriptedEngine(),
    library: quietLibrary(dataFolder),
  })
  onTestFinished(() => host.close())
  host.openLink('depthwise://models/huggingface/a/b?revision=v1')
  const heard: HostFrame[] = []
  const link = host.connect((frame) => heard.push(frame))
  expect(heard).toEqual([])
  for (const id of [1, 2]) link.accept({ id, call: 'app.state', params: {} })
  expect(heard.filter((frame) => 'event' in frame)).toEqual([
    { event: 'models.open', data: { repository: 'a/b', revision: 'v1' } },
  ])
})

test('models of the Hugging Face cache are used where they lie', async () => {
  const dataFolder = temporaryFolder()
  const hubCache = path.join(dataFolder, 'hub')
  const snapshot = path.join(hubCache, 'models--maker--cached', 'snapshots', COMMIT)
  mkdirSync(snapshot, { recursive: true })
  for (const [file, text] of Object.entries({
    'config.json': JSON.stringify(CONFIG),
    'tokenizer.json': '{}',
    'model.safetensors': '',
  })) {
    writeFileSync(path.join(snapshot, file), text)
  }
  const { client, engine } = readyStage({ dataFolder, library: { ...quietLibrary(dataFolder), hubCache } })
  const id = `hub-cache:maker/cached@${COMMIT}`
  expect(model(await client.late('models.list', {}), id)).toMatchObject({ name: 'cached', removal: 'none' })
  client.call('models.use', { id })
  expect(engine().last('load')).toMatchObject({ modelFolder: snapshot })
  await expect(client.late('models.delete', { id })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
})
