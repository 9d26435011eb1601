import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { hubCacheFolder, scanHubCache } from '../../models/hub/cache.ts'
import { tokenOfMachine } from '../../models/hub/token.ts'
import { temporaryFolder } from './support.ts'

const MAIN = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)
const FILES = ['config.json', 'tokenizer.json', 'model.safetensors']

interface Made {
  commit?: string
  refs?: Record<string, string>
  files?: string[]
  /** Real files in the snapshot, as on Windows. */
  plain?: boolean
}

/** A repository in the layout of docs/hub/local-cache.md. */
function make(
  cache: string,
  name: string,
  { commit = MAIN, refs = { main: commit }, files = FILES, plain = false }: Made = {},
): string {
  const repository = path.join(cache, `models--${name.replace('/', '--')}`)
  const snapshot = path.join(repository, 'snapshots', commit)
  mkdirSync(path.join(repository, 'refs'), { recursive: true })
  mkdirSync(path.join(repository, 'blobs'), { recursive: true })
  mkdirSync(snapshot, { recursive: true })
  for (const [ref, to] of Object.entries(refs)) writeFileSync(path.join(repository, 'refs', ref), to)
  for (const [i, file] of files.entries()) {
    if (plain) {
      writeFileSync(path.join(snapshot, file), '{}')
      continue
    }
    const blob = `${commit.slice(0, 8)}${i}`
    writeFileSync(path.join(repository, 'blobs', blob), '{}')
    symlinkSync(path.join('..', '..', 'blobs', blob), path.join(snapshot, file))
  }
  return snapshot
}

test('whole models are found, by links into their blobs or as files', () => {
  const cache = temporaryFolder()
  const linked = make(cache, 'ByteDance/Ouro-1.4B-Thinking')
  const plain = make(cache, 'maker/plain', { plain: true })
  make(cache, 'maker/half', { files: ['config.json', 'tokenizer.json'] })
  mkdirSync(path.join(cache, 'datasets--maker--data'))
  mkdirSync(path.join(cache, '.locks'))
  expect(scanHubCache(cache)).toEqual([
    { repository: 'ByteDance/Ouro-1.4B-Thinking', commit: MAIN, folder: linked },
    { repository: 'maker/plain', commit: MAIN, folder: plain },
  ])
})

test('every shard has to be there', () => {
  const cache = temporaryFolder()
  const index = JSON.stringify({ weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } })
  const snapshot = make(cache, 'a/b', { files: ['config.json', 'tokenizer.json'], plain: true })
  writeFileSync(path.join(snapshot, 'model.safetensors.index.json'), index)
  writeFileSync(path.join(snapshot, 'model-1.safetensors'), '')
  expect(scanHubCache(cache)).toEqual([])
  writeFileSync(path.join(snapshot, 'model-2.safetensors'), '')
  expect(scanHubCache(cache)).toMatchObject([{ repository: 'a/b' }])
})

test('main comes before other branches, and a snapshot without a branch is better than none', () => {
  const cache = temporaryFolder()
  make(cache, 'a/both', { commit: OTHER, refs: { dev: OTHER } })
  make(cache, 'a/both', { commit: MAIN, refs: { main: `${MAIN}\n` } })
  make(cache, 'a/loose', { commit: OTHER, refs: {} })
  make(cache, 'a/stale', { commit: OTHER, refs: { main: MAIN } })
  expect(scanHubCache(cache).map(({ repository, commit }) => [repository, commit])).toEqual([
    ['a/both', MAIN],
    ['a/loose', OTHER],
    ['a/stale', OTHER],
  ])
})

test('a link that leads anywhere but to a blob of its own repository hides the model', () => {
  const cache = temporaryFolder()
  const outside = path.join(cache, 'secret')
  writeFileSync(outside, 'secret')
  symlinkSync(outside, path.join(make(cache, 'a/away'), 'README.md'))
  make(cache, 'a/other')
  const neighbour = path.join(cache, 'models--a--other', 'blobs', `${MAIN.slice(0, 8)}0`)
  symlinkSync(neighbour, path.join(make(cache, 'a/neighbour'), 'README.md'))
  const chained = make(cache, 'a/chained')
  symlinkSync(outside, path.join(cache, 'models--a--chained', 'blobs', 'chain'))
  symlinkSync('../../blobs/chain', path.join(chained, 'README.md'))
  expect(scanHubCache(cache).map(({ repository }) => repository)).toEqual(['a/other'])
})

test('a cache that is not there is empty', () => {
  expect(scanHubCache(path.join(temporaryFolder(), 'none'))).toEqual([])
})

test('the places of cache and token are those of the Hugging Face tools', () => {
  const home = temporaryFolder()
  expect(hubCacheFolder({ HF_HUB_CACHE: '/c', HF_HOME: '/h' })).toBe(path.resolve('/c'))
  expect(hubCacheFolder({ HUGGINGFACE_HUB_CACHE: '/d', HF_HOME: '/h' })).toBe(path.resolve('/d'))
  expect(hubCacheFolder({ HF_HOME: '/h' })).toBe(path.resolve('/h/hub'))
  expect(hubCacheFolder({ XDG_CACHE_HOME: '/x' })).toBe(path.resolve('/x/huggingface/hub'))
  expect(hubCacheFolder({}).endsWith(path.join('.cache', 'huggingface', 'hub'))).toBe(true)
  writeFileSync(path.join(home, 'token'), 'hf_file\n')
  expect(tokenOfMachine({ HF_HOME: home })).toBe('hf_file')
  expect(tokenOfMachine({ HF_HOME: home, HF_TOKEN: ' hf_env ' })).toBe('hf_env')
  expect(tokenOfMachine({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toBe(null)
  expect(tokenOfMachine({ HF_HOME: path.join(home, 'none') })).toBe(null)
})
