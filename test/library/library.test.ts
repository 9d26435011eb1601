import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ModelLibrary } from '../../models/library/library.ts'
import { lookAt } from '../../models/library/look.ts'
import { ggufBytes, metadataOf, tensorsOf, tokenizerMetadata } from '../gguf/file.ts'
import { COMMIT, TestHub } from '../hub/server.ts'
import { clientOf, FILES, NAME, temporaryFolder, WEIGHTS } from '../hub/support.ts'

const TINY = path.join(import.meta.dirname, '../models/tiny')
const OURO = { model_type: 'ouro', vocab_size: 100, hidden_size: 64, intermediate_size: 128, num_hidden_layers: 2 }
const CONFIG = JSON.stringify({ ...OURO, num_attention_heads: 4, max_position_embeddings: 512 })

function libraryIn(
  dataFolder: string,
  places: { hubCache?: string; lmStudio?: string; ollama?: string } = {},
): ModelLibrary {
  const none = path.join(dataFolder, 'none')
  return new ModelLibrary({
    dataFolder,
    builtInModel: TINY,
    hubCache: places.hubCache ?? none,
    gguf: { lmStudio: places.lmStudio ?? none, ollama: [places.ollama ?? none] },
  })
}

/** As a download leaves it behind. */
function downloaded(dataFolder: string): string {
  const folder = path.join(dataFolder, 'models', 'maker--small--0123456789ab')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'config.json'), CONFIG)
  writeFileSync(path.join(folder, 'tokenizer.json'), '{}')
  writeFileSync(path.join(folder, 'model.safetensors'), WEIGHTS)
  writeFileSync(
    path.join(folder, '.depthwise-origin.json'),
    JSON.stringify({ repository: 'maker/small', commit: COMMIT, licence: 'mit' }),
  )
  return folder
}

test('the built-in model is always there, and cannot be removed', () => {
  const library = libraryIn(temporaryFolder())
  const [builtIn] = library.models()
  expect(builtIn).toMatchObject({ id: 'built-in', origin: 'built-in', problem: null, chat: true, removal: 'none' })
  expect(() => {
    library.remove(builtIn!)
  }).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }))
})

test('a download is in the library by repository and commit, and is deleted with its files', () => {
  const data = temporaryFolder()
  const folder = downloaded(data)
  const library = libraryIn(data)
  const model = library.get(`hub:maker/small@${COMMIT}`)
  expect(model).toMatchObject({
    name: 'small',
    licence: 'mit',
    family: 'ouro',
    adjustable: true,
    chat: false,
    problem: null,
    removal: 'downloaded',
    bytesOnDisk: expect.any(Number) as number,
  })
  expect(model.bytesOnDisk).toBeGreaterThan(WEIGHTS.length)
  library.remove(model)
  expect(existsSync(folder)).toBe(false)
  expect(() => library.get(model.id)).toThrow(expect.objectContaining({ code: 'MODEL_NOT_FOUND' }))
})

test('a partial download is no model', () => {
  const data = temporaryFolder()
  cpSync(downloaded(data), path.join(data, 'models', 'maker--other--0123456789ab.partial'), { recursive: true })
  expect(
    libraryIn(data)
      .models()
      .map(({ id }) => id),
  ).toEqual(['built-in', `hub:maker/small@${COMMIT}`])
})

test('an added folder is remembered, shows when it has gone, and is only forgotten', () => {
  const data = temporaryFolder()
  const folder = path.join(temporaryFolder(), 'mine')
  cpSync(TINY, folder, { recursive: true })
  const model = libraryIn(data).add(folder)
  expect(model).toMatchObject({ id: `folder:${folder}`, origin: 'folder', removal: 'added' })
  expect(libraryIn(data).add(folder).id).toBe(model.id)
  expect(libraryIn(data).models().length).toBe(2)
  libraryIn(data).remove(model)
  expect(existsSync(folder)).toBe(true)
  expect(libraryIn(data).models().length).toBe(1)
  libraryIn(data).add(folder)
  cpSync(folder, `${folder}.moved`, { recursive: true })
  expect(libraryIn(data).get(model.id).problem).toBe(null)
})

test('what is no model is not added, with the reason', () => {
  const library = libraryIn(temporaryFolder())
  const empty = temporaryFolder()
  expect(() => library.add(empty)).toThrow(
    expect.objectContaining({ code: 'MODEL_NOT_FOUND', message: expect.stringContaining('config.json') as string }),
  )
  expect(() => library.add(path.join(empty, 'none'))).toThrow(expect.objectContaining({ code: 'MODEL_NOT_FOUND' }))
  writeFileSync(path.join(empty, 'config.json'), '{"model_type":"bert"}')
  expect(() => library.add(empty)).toThrow(expect.objectContaining({ code: 'MODEL_TOKENIZER' }))
  expect(library.models().length).toBe(1)
})

test('models of the Hugging Face cache are found where they lie, others of the cache are not', () => {
  const cache = temporaryFolder()
  const make = (name: string, config: string): string => {
    const repository = path.join(cache, `models--${name.replace('/', '--')}`)
    const snapshot = path.join(repository, 'snapshots', COMMIT)
    mkdirSync(path.join(repository, 'blobs'), { recursive: true })
    mkdirSync(snapshot, { recursive: true })
    for (const [file, text] of Object.entries({
      'config.json': config,
      'tokenizer.json': '{}',
      'model.safetensors': '',
    })) {
      writeFileSync(path.join(repository, 'blobs', file), text)
      symlinkSync(`../../blobs/${file}`, path.join(snapshot, file))
    }
    return snapshot
  }
  const snapshot = make('maker/ouro', CONFIG)
  make('maker/bert', '{"model_type":"bert"}')
  const library = libraryIn(temporaryFolder(), { hubCache: cache })
  expect(library.found()).toMatchObject([
    { id: `hub-cache:maker/ouro@${COMMIT}`, folder: snapshot, name: 'ouro', family: 'ouro', removal: 'none' },
  ])
})

test('GGUF files of LM Studio and Ollama are found', () => {
  const root = temporaryFolder()
  const model = path.join(root, 'lm', 'maker', 'model-GGUF')
  mkdirSync(model, { recursive: true })
  for (const file of [
    'model-Q4_0.gguf',
    'mmproj-model.gguf',
    'big-00001-of-00002.gguf',
    'big-00002-of-00002.gguf',
    'x.txt',
  ]) {
    writeFileSync(path.join(model, file), 'GGUF')
  }
  const manifests = path.join(root, 'ollama', 'manifests', 'registry.ollama.ai', 'library', 'llama3.2')
  const blobs = path.join(root, 'ollama', 'blobs')
  mkdirSync(manifests, { recursive: true })
  mkdirSync(blobs)
  const digest = `sha256:${'c'.repeat(64)}`
  const layers = [
    { mediaType: 'application/vnd.ollama.image.model', digest },
    { mediaType: 'application/vnd.ollama.image.template', digest: `sha256:${'d'.repeat(64)}` },
  ]
  writeFileSync(path.join(manifests, '1b'), JSON.stringify({ schemaVersion: 2, layers }))
  writeFileSync(path.join(manifests, 'away'), JSON.stringify({ layers: [{ ...layers[0], digest: 'sha256:../../x' }] }))
  const blob = path.join(blobs, digest.replace(':', '-'))
  writeFileSync(blob, 'GGUF')
  const library = libraryIn(root, { lmStudio: path.join(root, 'lm'), ollama: path.join(root, 'ollama') })
  expect(library.found().map(({ name, folder, notes }) => [name, path.basename(folder), notes[0]])).toEqual([
    ['big-00001-of-00002', 'big-00001-of-00002.gguf', 'LM Studio keeps it.'],
    ['llama3.2:1b', path.basename(blob), 'Ollama keeps it.'],
    ['model-Q4_0', 'model-Q4_0.gguf', 'LM Studio keeps it.'],
  ])
  const file = path.join(model, 'model-Q4_0.gguf')
  expect(() => library.add(file)).toThrow(/is cut/)
  const folder = path.join(import.meta.dirname, '../fixtures/dense-llama-tied')
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as Parameters<typeof metadataOf>[0]
  const metadata = { ...metadataOf(config), ...tokenizerMetadata(TINY, 'smollm') }
  writeFileSync(file, ggufBytes(metadata, tensorsOf(folder, config)))
  utimesSync(file, 1, 1)
  expect(library.add(file)).toMatchObject({ origin: 'gguf', name: 'model-Q4_0', family: 'llama', problem: null })
  expect(library.models().at(-1)!.memory?.kvAtMost).toBeGreaterThan(0)
  expect(library.found().some(({ folder }) => folder === file)).toBe(false)
})

test('speed and precision are remembered by model', () => {
  const data = temporaryFolder()
  const { memory } = libraryIn(data)
  memory.measured('built-in', 'int8', 100)
  memory.measured('built-in', 'int8', 50)
  memory.choosePrecision('built-in', 'int4')
  const again = libraryIn(data).memory
  expect(again.speed('built-in', 'int8')).toBe(75)
  expect(again.speed('built-in', 'int4')).toBe(null)
  expect(again.read().precisions).toEqual({ 'built-in': 'int4' })
  again.choosePrecision('built-in', null)
  expect(again.read().precisions).toEqual({})
  writeFileSync(path.join(data, 'models.json'), 'not JSON')
  expect(again.read().added).toEqual([])
})

async function look(files: Record<string, string | Buffer>, more = {}, token: string | null = null) {
  const hub = await TestHub.start()
  hub.add(NAME, { ...FILES, ...files }, { licence: 'apache-2.0', ...more })
  const signal = new AbortController().signal
  return { hub, found: await lookAt(clientOf(hub, token), { name: NAME, revision: null }, { signal }) }
}

test('a look tells what a download would be, and fetches small files only', async () => {
  const { hub, found } = await look({ 'config.json': CONFIG, 'chat_template.jinja': '{{ enable_thinking }}' })
  expect(found).toMatchObject({
    repository: NAME,
    revision: COMMIT,
    gated: false,
    licence: 'apache-2.0',
    family: 'ouro',
    adjustable: true,
    chat: true,
    thinking: true,
    problem: null,
  })
  expect(found.bytes).toBe(found.files.reduce((sum, { bytes }) => sum + bytes, 0))
  expect(found.bytes).toBeGreaterThan(WEIGHTS.length)
  expect(found.memory!.kvAtMost).toBe(4 * found.memory!.kvAtLeast)
  expect(hub.asked.some(({ host }) => host === 'cdn')).toBe(false)
})

test('a look at what cannot be run says why', async () => {
  const { found } = await look({ 'config.json': '{"model_type":"bert"}' })
  expect(found.problem).toMatchObject({ code: 'MODEL_UNSUPPORTED', detail: 'model_type' })
})

test('a gated repository can be looked at without a token, as far as the Hub shows it', async () => {
  const { found } = await look({}, { gated: true, token: 'hf_in' })
  expect(found).toMatchObject({ gated: true, problem: { code: 'HUB_GATED' } })
  expect(found.bytes).toBeGreaterThan(WEIGHTS.length)
})

test('a GGUF file in place of the built-in model is described by its header', () => {
  const folder = path.join(import.meta.dirname, '../fixtures/dense-llama-tied')
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as Parameters<typeof metadataOf>[0]
  const file = path.join(temporaryFolder(), 'own.gguf')
  writeFileSync(
    file,
    ggufBytes({ ...metadataOf(config), ...tokenizerMetadata(TINY, 'smollm') }, tensorsOf(folder, config)),
  )
  const library = new ModelLibrary({ dataFolder: temporaryFolder(), builtInModel: file })
  expect(library.get('built-in')).toMatchObject({ origin: 'built-in', name: 'own', family: 'llama', problem: null })
})
