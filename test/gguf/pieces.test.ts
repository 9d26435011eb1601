import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { temporaryFolder } from '../models/support.ts'
import { writeGguf } from './file.ts'

interface Recorded {
  tokens: string[]
  scores: number[]
  kinds: number[]
  strings: string[]
  ids: number[][]
}

const recorded = JSON.parse(
  gunzipSync(readFileSync(path.join(import.meta.dirname, '../models/tokenizers/pieces.json.gz'))).toString(),
) as Recorded

const file = (more: Record<string, boolean> = {}): string =>
  writeGguf(
    path.join(temporaryFolder(), 'model.gguf'),
    {
      'general.architecture': 'llama',
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.tokens': recorded.tokens,
      'tokenizer.ggml.scores': { f32: recorded.scores },
      'tokenizer.ggml.token_type': { u32: recorded.kinds },
      'tokenizer.ggml.unknown_token_id': 0,
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.ggml.eos_token_id': 2,
      ...more,
    },
    [],
  )

it('pieces with scores give the token ids of SentencePiece', () => {
  const tokenizer = new ModelTokenizer(file(), recorded.tokens.length)
  const wrong = recorded.strings.flatMap((text, i) => {
    const [bos, ...found] = tokenizer.encodeText(text)
    expect(bos).toBe(1)
    return found.join() === recorded.ids[i]!.join() ? [] : [{ text, found, recorded: recorded.ids[i] }]
  })
  expect(wrong).toEqual([])
})

it('and the text again', () => {
  const tokenizer = new ModelTokenizer(file(), recorded.tokens.length)
  expect(tokenizer.decode(tokenizer.encodeText('Hello wörld, 你好 🌊\n  twice'))).toBe('Hello wörld, 你好 🌊\n  twice')
  const bare = new ModelTokenizer(file({ 'tokenizer.ggml.add_space_prefix': false }), recorded.tokens.length)
  expect(bare.decode(bare.encodeText(' the sea'))).toBe(' the sea')
})
