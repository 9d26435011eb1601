import { describe, expect, it } from 'vitest'
import { words } from '../../renderer/language/language.svelte.ts'
import { NUMBER_KEYS } from '../../renderer/settings/fields.ts'
import type { Draft } from '../../renderer/settings/form.ts'
import { changedFields, draftOf, readDraft, rebased } from '../../renderer/settings/form.ts'
import { SETTINGS } from './fake/values.ts'

const typed = (numbers: Partial<Draft['numbers']>, part: Partial<Draft> = {}): Draft => {
  const draft = draftOf(SETTINGS)
  return { ...draft, ...part, numbers: { ...draft.numbers, ...numbers } }
}

describe('the settings form', () => {
  it('says the settings again when nothing was typed', () => {
    const sampling = { ...SETTINGS.sampling, stop: ['\n\n', 'a\\n', 'User:'] }
    expect(readDraft(draftOf({ ...SETTINGS, sampling, seed: 7 }))).toEqual({
      change: { theme: 'system', textSize: 'normal', language: 'system', systemPrompt: '', seed: 7, sampling },
    })
  })

  it('reads an empty seed as a new one each time and a comma as a decimal point', () => {
    expect(readDraft(typed({ temperature: ' 0,5 ' }, { seed: ' ' }))).toMatchObject({
      change: { seed: null, sampling: { temperature: 0.5 } },
    })
  })

  it.each([
    [{ temperature: '9' }, 'temperature'],
    [{ temperature: '' }, 'temperature'],
    [{ topK: '1.5' }, 'topK'],
    [{ topP: '0' }, 'topP'],
    [{ minP: '-1' }, 'minP'],
    [{ repetitionPenalty: 'x' }, 'repetitionPenalty'],
    [{ maxTokens: '0' }, 'maxTokens'],
  ] as const)('says what is wrong with %j', (numbers, field) => {
    const read = readDraft(typed(numbers))
    expect('errors' in read && Object.keys(read.errors)).toEqual([field])
  })

  it('knows what differs from the model’s own, however it is written', () => {
    expect(changedFields(draftOf(SETTINGS), SETTINGS)).toEqual({})
    expect(changedFields(typed({ temperature: '0,70' }), SETTINGS)).toEqual({})
    expect(changedFields(typed({ temperature: '0.9', topK: '' }, { stop: 'x' }), SETTINGS)).toEqual({
      temperature: '0.7',
      topK: '40',
      stop: '',
    })
  })

  it('changes what was typed and leaves alone what a model has brought along meanwhile', () => {
    const read = readDraft(typed({ temperature: '0.9' }, { theme: 'dark' }))
    const now = { ...SETTINGS, sampling: { ...SETTINGS.sampling, topP: 0.5, temperature: 0.2 } }
    expect('change' in read && rebased(read.change, SETTINGS, now)).toEqual({
      theme: 'dark',
      textSize: 'normal',
      language: 'system',
      systemPrompt: '',
      seed: null,
      sampling: { ...SETTINGS.sampling, topP: 0.5, temperature: 0.9 },
    })
  })

  it('says of every number what raising and lowering it does', () => {
    for (const key of NUMBER_KEYS) {
      const { does } = words().settings.numbers[key]
      expect(does, key).toMatch(/Higher /)
      expect(does, key).toMatch(/lower |below 1/)
    }
  })

  it('refuses a system prompt that no model holds', () => {
    const read = readDraft(typed({}, { systemPrompt: 'x'.repeat(50_001) }))
    expect('errors' in read && Object.keys(read.errors)).toEqual(['systemPrompt'])
  })

  it('refuses a seed that is too large and too many stop strings', () => {
    const read = readDraft(typed({}, { seed: '4294967296', stop: 'x\n'.repeat(17) }))
    expect('errors' in read && Object.keys(read.errors).sort()).toEqual(['seed', 'stop'])
  })
})
