import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { Engine } from '../../models/runtime/engine.ts'
import { copyOfTiny, editJson, temporaryFolder, TINY } from './support.ts'

type Json = Record<string, unknown>

/** Special tokens of the small model: <|endoftext|> 0, <|system|> 1, <|user|> 2, <|assistant|> 3, <|end|> 4, <|pad|> 5. */
const [TEXT_END, END, PAD] = [0, 4, 5]
/** A piece of words. */
const WORD = 389

const CHATML =
  "{% for m in messages %}{{ '<|system|>' + m.role + '\n' + m.content + '<|end|>' + '\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|system|>assistant\n' }}{% endif %}"
const SILENT = '{% for m in messages %}{{ m.content }}\n{% endfor %}'

function tokenizer(edit: (config: Json) => void, jinja?: string): ModelTokenizer {
  const folder = copyOfTiny()
  editJson(folder, 'tokenizer_config.json', edit)
  if (jinja !== undefined) writeFileSync(path.join(folder, 'chat_template.jinja'), jinja)
  return new ModelTokenizer(folder, 4096)
}

describe('tokens that end an answer', () => {
  it('are what the template writes behind an answer, where the configuration names only the end of a text', () => {
    // Ouro's base models: eos 0, answers end with <|im_end|>
    const ouro = tokenizer((c) => Object.assign(c, { eos_token: '<|endoftext|>', chat_template: CHATML }))
    expect(ouro.endTokens([TEXT_END])).toEqual([TEXT_END, END])
  })

  it('are the tokenizer’s own, written as a text or as an object', () => {
    for (const eos of ['<|pad|>', { content: '<|pad|>', special: true }]) {
      const silent = tokenizer((c) => Object.assign(c, { eos_token: eos, chat_template: SILENT }))
      expect(silent.endTokens([])).toEqual([PAD])
    }
    const unknown = tokenizer((c) => Object.assign(c, { eos_token: '<|nowhere|>', chat_template: SILENT }))
    expect(unknown.endTokens([TEXT_END])).toEqual([TEXT_END])
  })

  it('are not pieces of words: such ids are of another vocabulary', () => {
    // the retrofits of Llama 3.2 carry Huginn's ids
    const retrofit = tokenizer((c) => Object.assign(c, { eos_token: '<|endoftext|>', chat_template: null }))
    expect(retrofit.endTokens([WORD, 2028])).toEqual([TEXT_END])
  })

  it('are as configured where nothing else is known', () => {
    const bare = tokenizer((c) => Object.assign(c, { eos_token: null, chat_template: SILENT }))
    expect(bare.endTokens([WORD])).toEqual([WORD])
    const failing = tokenizer((c) =>
      Object.assign(c, { eos_token: null, chat_template: "{{ raise_exception('no') }}" }),
    )
    expect(failing.endTokens([WORD])).toEqual([WORD])
  })

  it('are known to a loaded model', async () => {
    const folder = copyOfTiny()
    for (const file of ['config.json', 'generation_config.json']) {
      editJson(folder, file, (json) => (json.eos_token_id = [WORD, 1_000_000]))
    }
    const request = { cacheFolder: temporaryFolder(), precision: 'int8', provider: 'cpu' } as const
    const engine = await Engine.load({ modelFolder: folder, ...request }, () => undefined)
    expect(engine.model.plan.endTokens).toEqual([END])
    await engine.release()
  })
})

describe('the chat template', () => {
  const turns = [{ role: 'user', content: 'Hello' }] as const
  const ids = (template: unknown, jinja?: string): number[] =>
    tokenizer((c) => (c.chat_template = template), jinja).encodeChat(turns, false)
  const own = (JSON.parse(readFileSync(path.join(TINY, 'tokenizer_config.json'), 'utf8')) as Json).chat_template

  it('is the one named default of several, else the first', () => {
    const tools = { name: 'tool_use', template: 'tools' }
    expect(ids([tools, { name: 'default', template: own }])).toEqual(ids(own))
    expect(ids([{ name: 'rag', template: own }, tools])).toEqual(ids(own))
  })

  it('is a file of its own before the one in the configuration', () => {
    expect(ids('{{ messages[0].content }}', own as string)).toEqual(ids(own))
  })

  it('is its family’s where the folder has none, and else there is none', () => {
    const folder = copyOfTiny()
    editJson(folder, 'tokenizer_config.json', (config) => delete config.chat_template)
    const bare = new ModelTokenizer(folder, 4096)
    expect(bare.chats).toBe(false)
    expect(() => bare.encodeChat(turns, true)).toThrow(expect.objectContaining({ detail: 'chat_template' }))
    const family = new ModelTokenizer(folder, 4096, own as string)
    expect(family.chats).toBe(true)
    expect(family.encodeChat(turns, false)).toEqual(ids(own))
  })
})
