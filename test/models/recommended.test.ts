import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SAMPLING } from '../../models/common/values.ts'
import { readJson } from '../../models/formats/json.ts'
import { GenerationConfigSchema } from '../../models/formats/sources.ts'
import { recommendedSampling } from '../../models/prepare/recommended.ts'
import { temporaryFolder } from './support.ts'

function recommended(config: unknown): ReturnType<typeof recommendedSampling> {
  const file = path.join(temporaryFolder(), 'generation_config.json')
  writeFileSync(file, JSON.stringify(config))
  return recommendedSampling(readJson(file, GenerationConfigSchema, 'MODEL_CONFIG'))
}

describe('the sampling of a model', () => {
  it('is sane where its makers say nothing, and answers end by themselves', () => {
    expect(recommended({})).toEqual({
      temperature: 0.6,
      topK: 0,
      topP: 0.9,
      minP: 0.05,
      repetitionPenalty: 1.1,
      maxTokens: 4096,
      stop: [],
    })
    const silent = { do_sample: true, temperature: null, top_p: null, top_k: null, min_p: null, max_new_tokens: null }
    expect(recommended({ ...silent, repetition_penalty: null, eos_token_id: 2 })).toEqual(DEFAULT_SAMPLING)
  })

  it('is what they say, and nothing besides, where they say something', () => {
    expect(recommended({ do_sample: true, top_p: 0.8 })).toEqual({
      ...DEFAULT_SAMPLING,
      temperature: 1,
      topP: 0.8,
      minP: 0,
      repetitionPenalty: 1,
    })
    expect(recommended({ temperature: 0.5, top_p: 0.9, repetition_penalty: 1.2, max_new_tokens: 1024 })).toEqual({
      ...DEFAULT_SAMPLING,
      temperature: 0.5,
      minP: 0,
      repetitionPenalty: 1.2,
      maxTokens: 1024,
    })
    expect(recommended({ top_k: 20 })).toMatchObject({ topK: 20, topP: 1, minP: 0, temperature: 1 })
    expect(recommended({ min_p: 0.1 })).toMatchObject({ topK: 0, topP: 1, minP: 0.1, repetitionPenalty: 1 })
  })

  it('is greedy where they do not sample', () => {
    expect(recommended({ do_sample: false })).toMatchObject({ temperature: 0, repetitionPenalty: 1, topP: 1 })
    expect(recommended({ do_sample: false, temperature: 0.7, top_p: 0.8, repetition_penalty: 1.05 })).toMatchObject({
      temperature: 0,
      topP: 0.8,
      repetitionPenalty: 1.05,
    })
  })

  it('keeps a penalty and a most that stand alone beside the defaults', () => {
    const stated = { repetition_penalty: 1.3, max_new_tokens: 8 }
    expect(recommended(stated)).toEqual({ ...DEFAULT_SAMPLING, repetitionPenalty: 1.3, maxTokens: 8 })
  })
})
