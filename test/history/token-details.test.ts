import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TokenDetails } from '../../electron/contract/values.ts'
import { TokenDetailsSchema } from '../../electron/contract/values.ts'
import { packDetails, unpackDetails } from '../../electron/history/packed-details.ts'
import * as v from 'valibot'
import { generation } from './samples.ts'
import { databaseFile, temporaryFolder, withHistory } from './support.ts'

const likely = (text: string, probability: number) => ({ text, logProbability: Math.log(probability) })

/** Chosen from the likeliest, chosen from beyond, inserted, and the last; of a model that decides and of one that does not. */
const SAMPLES: TokenDetails[] = [
  {
    likelihood: {
      ...likely(' sea', 0.25),
      likeliest: [likely(' ocean', 0.5), likely(' sea', 0.25), likely('\n', 0.125)],
    },
    gate: { score: 0.625, least: 0.5, passed: true },
  },
  {
    likelihood: { ...likely('深', 0.0001), likeliest: [likely('<|im_end|>', 0.999), likely('\0', 1e-9)] },
    gate: { score: -3.5, least: null, passed: false },
  },
  { likelihood: null, gate: { score: 0, least: null, passed: true } },
  { likelihood: null, gate: null },
]

const close = (read: readonly TokenDetails[], written: readonly TokenDetails[]): void => {
  expect(read).toHaveLength(written.length)
  for (const [i, { likelihood, gate }] of read.entries()) {
    const before = written[i]!
    expect(gate?.passed).toBe(before.gate?.passed)
    expect(gate === null).toBe(before.gate === null)
    if (gate) {
      expect(gate.score).toBeCloseTo(before.gate!.score, 3)
      expect(gate.least === null).toBe(before.gate!.least === null)
    }
    expect(likelihood?.text).toBe(before.likelihood?.text)
    expect(likelihood?.likeliest.length).toBe(before.likelihood?.likeliest.length)
    for (const [j, one] of (likelihood?.likeliest ?? []).entries()) {
      const other = before.likelihood!.likeliest[j]!
      expect(one.text).toBe(other.text.replace('\0', '\uFFFD'))
      expect(Math.exp(one.logProbability)).toBeCloseTo(Math.exp(other.logProbability), 3)
    }
  }
}

test('what decided about tokens comes back from its bytes', () => {
  close(unpackDetails(packDetails(SAMPLES)), SAMPLES)
  expect(unpackDetails(packDetails([]))).toEqual([])
  const unlikely = { likelihood: { text: 'a', logProbability: -9999, likeliest: [] }, gate: null }
  expect(unpackDetails(packDetails([unlikely]))[0]!.likelihood!.logProbability).toBeCloseTo(-16, 3)
})

test('a thousand tokens with five alternatives each take less than 35 kB', () => {
  const numbers = Array.from({ length: 1000 }, (_, i) => (Math.sin(i * i) + 1) / 2)
  const words = numbers.map((number) => ` ${Math.floor(number * 30_000).toString(36)}`)
  const details = numbers.map((number, i): TokenDetails => {
    const likeliest = [1, 2, 3, 4, 5].map((k) => likely(words[(i * 7 + k * 31) % 1000]!, (number + 1e-4) / 4 ** k))
    return {
      likelihood: { ...likeliest[0]!, likeliest },
      gate: { score: number, least: number * number, passed: i % 2 === 0 },
    }
  })
  expect(packDetails(details).length).toBeLessThan(35_000)
})

test('whatever the bytes are, there are details that the contract knows, or none', () => {
  const sound = packDetails(SAMPLES)
  const wounded = fc.record({
    at: fc.nat({ max: sound.length - 1 }),
    byte: fc.nat({ max: 255 }),
    end: fc.nat({ max: sound.length }),
  })
  fc.assert(
    fc.property(wounded, ({ at, byte, end }) => {
      const bytes = Buffer.from(sound)
      bytes[at] = byte
      for (const damaged of [bytes, bytes.subarray(0, end)]) {
        for (const details of unpackDetails(damaged)) v.parse(TokenDetailsSchema, details)
      }
    }),
  )
  expect(unpackDetails(null)).toEqual([])
  expect(unpackDetails('text')).toEqual([])
  expect(unpackDetails(Buffer.of())).toEqual([])
})

test('they are kept with an answer, part by part, found by token, and go with its conversation', () => {
  const folder = temporaryFolder()
  const id = withHistory(folder, ({ conversations, messages }) => {
    const { id: conversationId } = conversations.create('A talk')
    const { answer } = messages.addTurn(conversationId, null, 'Hello', generation())
    const save = (first: number, details: TokenDetails[]): void => {
      messages.saveAnswer(answer.id, {
        status: 'complete',
        text: 'x',
        generation: generation(),
        details: [{ first, details }],
      })
    }
    save(0, SAMPLES.slice(0, 1))
    save(0, SAMPLES)
    save(4, SAMPLES.slice(1))
    return answer.id
  })
  withHistory(folder, ({ messages, conversations, trash }) => {
    close(messages.details.partOf(id, 3)!.details, SAMPLES)
    expect(messages.details.partOf(id, 5)).toMatchObject({ first: 4, details: { length: 3 } })
    expect(messages.details.partOf(id, 7)).toBe(null)
    expect(messages.details.partOf(id + 1, 0)).toBe(null)
    // an answer is saved as before where there are none
    messages.saveAnswer(id, { status: 'complete', text: 'y', generation: generation() })
    expect(messages.details.partOf(id, 0)!.details).toHaveLength(4)
    const conversationId = conversations.list()[0]!.id
    trash.add(conversationId)
    trash.erase(conversationId)
    expect(messages.details.partOf(id, 0)).toBe(null)
  })
})

test('damaged ones are none, and hide neither the answer nor the other parts', () => {
  const folder = temporaryFolder()
  const id = withHistory(folder, ({ conversations, messages }) => {
    const { answer } = messages.addTurn(conversations.create('A talk').id, null, 'Hello', generation())
    const details = [0, 4].map((first) => ({ first, details: SAMPLES }))
    messages.saveAnswer(answer.id, { status: 'complete', text: 'Hi', generation: generation(), details })
    return answer.id
  })
  const database = new Database(databaseFile(folder))
  database.exec("UPDATE token_details SET details = x'01ffffff' WHERE first = 0")
  database.close()
  withHistory(folder, ({ messages }) => {
    expect(messages.details.partOf(id, 0)).toBe(null)
    expect(messages.details.partOf(id, 4)!.details).toHaveLength(4)
    expect(messages.get(id).text).toBe('Hi')
  })
})
