import { describe, expect, it } from 'vitest'
import { de } from '../../electron/contract/language/de.ts'
import { en } from '../../electron/contract/language/en.ts'
import { notificationOf } from '../../electron/contract/notification.ts'
import { newGeneration } from '../../electron/contract/values.ts'
import { DEFAULT_SAMPLING } from '../../models/common/values.ts'

const generation = newGeneration({ budget: 50, seed: 1, sampling: DEFAULT_SAMPLING })
const answer = { status: 'complete', text: 'The sea is *deep*.', generation } as const

describe('the notification of an answer that has ended', () => {
  it('has the conversation’s title and the first words, without marks', () => {
    const text = '## The sea\n\n- It is **deep**,\n- and `wide`.\n\n```js\nlet a = 2 * 3\n```'
    expect(notificationOf(en, 'preview', 'About the sea', { ...answer, text })).toEqual({
      title: 'About the sea',
      body: 'The sea It is deep, and wide. let a = 2 * 3',
    })
  })

  it('is cut at the end of a word', () => {
    const { body } = notificationOf(en, 'preview', 'T', { ...answer, text: 'shallow water '.repeat(40) })!
    expect(body).toMatch(/ (shallow|water)…$/)
    expect(body.length).toBeLessThanOrEqual(141)
  })

  it('shows nothing of the contents where that was asked for, and nothing at all where it is off', () => {
    const plain = notificationOf(en, 'plain', 'About the sea', answer)
    expect(plain).toEqual({ title: 'Depthwise', body: 'An answer is there.' })
    expect(notificationOf(en, 'off', 'About the sea', answer)).toBeNull()
  })

  it('is not shown to who stopped the answer', () => {
    expect(notificationOf(en, 'preview', 'T', { ...answer, status: 'stopped' })).toBeNull()
  })

  it('says what broke an answer off', () => {
    const failure = { code: 'COMPUTE_FAILED', message: 'The device ran out of memory.' } as const
    const broken = { ...answer, status: 'error', generation: { ...generation, failure } } as const
    expect(notificationOf(en, 'preview', 'T', broken)).toEqual({ title: 'T', body: failure.message })
    expect(notificationOf(en, 'plain', 'T', broken)?.body).toBe('An answer was broken off.')
    expect(notificationOf(en, 'preview', 'T', { ...answer, text: '' })?.body).toBe('An answer is there.')
    const german = notificationOf(de, 'preview', 'T', broken)?.body
    expect(german).toBe('Das Modell konnte nicht weiterrechnen. (Auf Englisch: The device ran out of memory.)')
  })
})
