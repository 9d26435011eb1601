import { cpSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { TunedPoint } from '../../electron/contract/tuning.ts'
import { TUNING_TEXT } from '../../electron/contract/tuning.ts'
import { TUNING_OWN_TEXT } from '../../electron/host/tuning-text.ts'
import { LOADED } from './samples.ts'
import { readyStage, stage, temporaryFolder } from './support.ts'

/** Of the built-in model's card: the ends and the middle. */
const POINTS: TunedPoint[] = [
  { budget: 0, loss: 2.0698, tokensPerSecond: 106.3, meanDepth: 1, tokens: 512 },
  { budget: 50, loss: 2.0641, tokensPerSecond: 87.8, meanDepth: 2, tokens: 512 },
  { budget: 100, loss: 2.0702, tokensPerSecond: 77.5, meanDepth: 3, tokens: 512 },
]

test('a measurement is told as it goes on, and kept with its text and date', async () => {
  const dataFolder = temporaryFolder()
  const set = readyStage({ dataFolder })
  const { client, engine } = set
  expect(client.call('tuning.read', {})).toEqual({ measuring: null, curve: null, failure: null })
  client.call('tuning.start', { text: { name: 'notes.md', content: 'word '.repeat(200) } })
  const { request, text } = engine().last('tune')!
  expect(text).toBe('word '.repeat(200))
  expect(client.refusal('tuning.start', { text: null })).toBe('BUSY')

  engine().say({ type: 'tuning', request, progress: 0.25, paused: true, points: POINTS.slice(0, 1) })
  expect(client.last('tuning.changed')).toEqual({
    measuring: { text: 'notes.md', progress: 0.25, paused: true, points: POINTS.slice(0, 1) },
    curve: null,
    failure: null,
  })
  const before = Date.now()
  engine().say({ type: 'tuned', request, points: POINTS, failure: null })
  const { curve, measuring } = client.last('tuning.changed')!
  expect(measuring).toBeNull()
  expect(curve).toMatchObject({ device: 'cpu', precision: 'int8', text: 'notes.md', points: POINTS })
  expect(curve!.at).toBeGreaterThanOrEqual(before)

  await set.close()
  const again = stage({ dataFolder })
  expect(again.client.call('tuning.read', {}).curve).toBeNull()
  again.engine().load()
  expect(again.client.last('tuning.changed')).toEqual({ measuring: null, curve, failure: null })
})

test('each precision has a curve of its own, and other weights in the same folder have none', () => {
  const { client, engine } = readyStage()
  client.call('tuning.start', { text: null })
  expect(engine().last('tune')!.text).toBe(TUNING_OWN_TEXT)
  engine().say({ type: 'tuned', request: engine().last('tune')!.request, points: POINTS, failure: null })
  const read = () => client.call('tuning.read', {}).curve
  expect(read()).toMatchObject({ text: null })
  engine().say({ ...LOADED, model: { ...LOADED.model, precision: 'fp32', id: 'toy-32' } })
  expect(read()).toBeNull()
  engine().say({ ...LOADED, model: { ...LOADED.model, id: 'another toy' } })
  expect(read()).toBeNull()
  engine().say(LOADED)
  expect(read()).toMatchObject({ points: POINTS })
})

test('what is given up, fails or loses its engine leaves the curve before it', () => {
  const { client, engine, engines } = readyStage()
  const begin = () => {
    client.call('tuning.start', { text: null })
    return engine().last('tune')!.request
  }
  engine().say({ type: 'tuned', request: begin(), points: POINTS, failure: null })
  const { curve } = client.last('tuning.changed')!

  const stopped = begin()
  client.call('tuning.stop', {})
  expect(engine().last('stopTuning')).toEqual({ type: 'stopTuning', request: stopped })
  engine().say({ type: 'tuned', request: stopped, points: [], failure: null })
  expect(client.last('tuning.changed')).toEqual({ measuring: null, curve, failure: null })

  const failure = { code: 'BAD_ARGUMENT', message: 'The text is too short to measure with: 90 tokens.' } as const
  engine().say({ type: 'tuned', request: begin(), points: [], failure })
  expect(client.last('tuning.changed')).toEqual({ measuring: null, curve, failure })

  const lost = begin()
  expect(client.last('tuning.changed')!.failure).toBeNull()
  engine().exit('code 11')
  expect(client.all('tuning.changed').at(-1)).toMatchObject({ measuring: null, failure: { code: 'ENGINE_STOPPED' } })
  // what an earlier process says of it is not heard
  engines[0]!.say({ type: 'tuned', request: lost, points: POINTS.slice(0, 1), failure: null })
  expect(client.last('tuning.changed')!.curve?.points ?? POINTS).toEqual(POINTS)
})

test('is refused without a model, where the budget decides about nothing, and for texts too short or too long', () => {
  const set = stage()
  expect(set.client.refusal('tuning.start', { text: null })).toBe('ENGINE_NOT_READY')
  set.engine().load()
  const texts = [TUNING_TEXT.least - 1, TUNING_TEXT.most + 1].map((length) => 'a'.repeat(length))
  for (const content of texts)
    expect(set.client.refusal('tuning.start', { text: { name: 'a.txt', content } })).toBe('BAD_ARGUMENT')
  const one = { ...LOADED.model, minDepth: 1, maxDepth: 1 }
  set.engine().say({ ...LOADED, model: one })
  expect(set.client.refusal('tuning.start', { text: null })).toBe('BAD_ARGUMENT')
  expect(set.engine().last('tune')).toBeUndefined()
})

test('a model that is removed takes its curve along, also one that is being measured', async () => {
  const folder = path.join(temporaryFolder(), 'little')
  cpSync(path.join(import.meta.dirname, '../models/tiny'), folder, { recursive: true })
  const { client, engine } = readyStage()
  const { id } = await client.late('models.add', { folder })
  client.call('models.use', { id })
  engine().say(LOADED)
  const measure = () => {
    client.call('tuning.start', { text: null })
    return { type: 'tuned', request: engine().last('tune')!.request, points: POINTS, failure: null } as const
  }
  engine().say(measure())
  expect(client.call('tuning.read', {}).curve).not.toBeNull()
  const end = measure()
  await client.late('models.delete', { id })
  engine().say(end)
  await client.late('models.add', { folder })
  client.call('models.use', { id })
  engine().say(LOADED)
  expect(client.call('tuning.read', {}).curve).toBeNull()
})
