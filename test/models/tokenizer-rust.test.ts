import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { temporaryFolder } from './support.ts'

interface Recorded {
  strings: string[]
  kinds: Record<string, { edit: Record<string, unknown>; every: number; ids: (number[] | null)[] }>
}

const { strings, kinds } = JSON.parse(
  gunzipSync(readFileSync(path.join(import.meta.dirname, 'tokenizers/recorded.json.gz'))).toString(),
) as Recorded
const BUILT_IN = path.join(import.meta.dirname, '../../models/default/tokenizer.json')
const own = JSON.parse(readFileSync(BUILT_IN, 'utf8')) as Record<string, unknown>

/** The built-in tokenizer's vocabulary behind another pre-tokenizer. */
function tokenizerOf({ ignore_merges: whole, ...edit }: Record<string, unknown>): ModelTokenizer {
  const folder = temporaryFolder()
  const model = { ...(own.model as object), ignore_merges: whole ?? false }
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...own, ...edit, model, added_tokens: [] }))
  writeFileSync(path.join(folder, 'tokenizer_config.json'), '{}')
  return new ModelTokenizer(folder, 49_152)
}

describe('token ids are those of the Rust library', () => {
  it.each(Object.keys(kinds))('for the pre-tokenizer %s', (name) => {
    const { edit, every, ids } = kinds[name]!
    const tokenizer = tokenizerOf(edit)
    const texts = strings.filter((_, i) => i % every === 0)
    expect(texts).toHaveLength(ids.length)
    const wrong = texts.flatMap((text, i) => {
      const recorded = ids[i]
      if (!recorded) return []
      const found = tokenizer.encodeText(text)
      return found.join() === recorded.join() ? [] : [{ text, found, recorded }]
    })
    expect(wrong).toEqual([])
  })
})
