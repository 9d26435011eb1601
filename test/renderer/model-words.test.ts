import { expect, it } from 'vitest'
import { bytes, duration, hostOf, kind, need, needed, pageOf, removal, standing } from '../../renderer/models/words.ts'
import { download, LIBRARY } from './fake/models.ts'

/** With plain spaces, as a person reads it. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

it('amounts are said in decimal units, a number with its unit', () => {
  const amounts = [1, 999, 1000, 15_500, 999_400, 999_999_999, 2_872_800_000, 123_456_000_000, 2.5e12]
  expect(amounts.map((amount) => plain(bytes(amount)))).toEqual([
    '1 byte',
    '999 bytes',
    '1 kB',
    '16 kB',
    '999 kB',
    '1.0 GB',
    '2.9 GB',
    '123 GB',
    '2.5 TB',
  ])
  expect(bytes(2e9)).not.toContain(' ')
})

it('times left are rounded to what a person waits for', () => {
  expect([0.2, 42, 89, 3590, 3600, 7384].map((seconds) => plain(duration(seconds)))).toEqual([
    '1 s',
    '42 s',
    '1 min',
    '1 h 0 min',
    '1 h 0 min',
    '2 h 3 min',
  ])
})

it('what a model is takes one sentence', () => {
  expect(kind({ chat: true, thinking: true, parameters: 1_434_652_672 })).toBe(
    'A chat model of 1.4 billion parameters that can think before it answers.',
  )
  expect(kind({ chat: false, thinking: false, parameters: null })).toBe('A model that continues texts.')
})

const memory = { weights: { int8: 4e9, int4: 2e9 }, context: 4096, kvAtLeast: 1e9, kvAtMost: 3e9 }

it('4 bits are taken where 8 do not fit, and what is too much is said', () => {
  expect(need(memory, 16e9)).toEqual({ precision: 'int8', least: 5e9, most: 7e9, fits: 'well' })
  expect(need(memory, 7.5e9)).toMatchObject({ precision: 'int4', fits: 'well' })
  expect(need(memory, 7.5e9, 'int8')).toMatchObject({ precision: 'int8', fits: 'barely' })
  const words = (machine: number): string => plain(needed(need(memory, machine, 'int8'), memory, machine))
  expect(words(16e9)).toBe(
    'Needs 5.0 GB at budget 0, 7.0 GB at budget 100 of this machine’s 16.0 GB of memory, for 4,096 tokens of conversation.',
  )
  expect(words(7.5e9)).toMatch(/That leaves little for other programs\.$/)
  expect(words(6e9)).toMatch(/At high budgets that is more than this machine has\.$/)
  expect(words(4e9)).toMatch(/\. That is more than this machine has\.$/)
})

it('one amount is said where the budget changes nothing', () => {
  const dense = { ...memory, kvAtMost: memory.kvAtLeast }
  expect(plain(needed(need(dense, 16e9), dense, 16e9))).toMatch(/^Needs 5\.0 GB of this machine’s/)
})

it('how a download stands', () => {
  const running = download({ id: 1, phase: 'downloading', bytes: 1.2e9, total: 2.9e9 })
  expect(plain(standing({ ...running, bytesPerSecond: 11.2e6, secondsLeft: 149 }))).toBe(
    '1.2 GB of 2.9 GB · 11 MB a second · 2 min left',
  )
  expect(plain(standing(running))).toBe('1.2 GB of 2.9 GB')
  expect(plain(standing({ ...running, phase: 'paused' }))).toBe('Paused · 1.2 GB of 2.9 GB')
  expect(plain(standing({ ...running, phase: 'failed', bytes: 0, total: null }))).toBe('Stopped · 0 bytes')
})

it('a removal says what goes and what stays', () => {
  const [builtIn, downloaded] = LIBRARY.models
  expect(removal(downloaded!).join(' ')).toContain('are removed')
  expect(removal({ ...downloaded!, removal: 'added' }).join(' ')).toContain('stay as they are')
  expect(removal({ ...downloaded!, current: true }).join(' ')).toContain('the built-in one takes its place')
  expect(builtIn!.removal).toBe('none')
})

it('a mirror of the Hub is named and linked to as it is', () => {
  expect(hostOf('http://127.0.0.1:8080/')).toBe('127.0.0.1:8080')
  expect(pageOf('https://huggingface.co/', 'a/b')).toBe('https://huggingface.co/a/b')
})
