import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { DEFAULT_SAMPLING } from '../../models/common/values.ts'
import { LOADED, MODEL_SAMPLING } from './samples.ts'
import { readyStage, stage } from './support.ts'

const measured = (first: number): typeof LOADED => ({
  ...LOADED,
  model: { ...LOADED.model, budget: { ...LOADED.model.budget, effect: { spread: 0.1, first } } },
})

test('what was never changed follows the model; what was changed stays', () => {
  const set = readyStage()
  const { client, engine } = set
  expect(client.last('settings.changed')!.sampling).toEqual(MODEL_SAMPLING)
  const changed = client.call('settings.change', { sampling: { ...MODEL_SAMPLING, temperature: 0 }, theme: 'dark' })
  expect(changed).toMatchObject({ theme: 'dark', sampling: { ...MODEL_SAMPLING, temperature: 0 } })
  engine().say({ ...LOADED, sampling: { ...MODEL_SAMPLING, topK: 7, temperature: 1 } })
  expect(client.call('app.state', {}).settings.sampling).toMatchObject({ temperature: 0, topK: 7 })
  client.call('settings.change', { sampling: { ...MODEL_SAMPLING, topK: 7, temperature: 1 } })
  engine().say(LOADED)
  expect(client.call('app.state', {}).settings.sampling).toEqual(MODEL_SAMPLING)
})

test('the budget is the lowest that the model is as good at, until the slider is moved', async () => {
  const set = readyStage()
  const { client, engine } = set
  expect(client.call('app.state', {}).settings.budget).toBe(50)
  engine().say(measured(35))
  expect(client.last('settings.changed')!.budget).toBe(35)
  engine().say(measured(20))
  expect(client.last('settings.changed')!.budget).toBe(20)
  // as little as it is: a choice
  client.call('settings.change', { budget: 20 })
  engine().say(measured(70))
  expect(client.call('app.state', {})).toMatchObject({ settings: { budget: 20 }, defaults: { budget: 70 } })
  await set.close()
  expect(stage({ dataFolder: set.dataFolder }).client.call('app.state', {}).settings.budget).toBe(20)
})

test('what was sent before the model was there is answered at its first budget, unless another was chosen', () => {
  const budgetOf = (prepare: (set: ReturnType<typeof stage>, messageId: number) => void, budget = 50): number => {
    const set = stage()
    const conversationId = set.client.call('conversation.create', {}).id
    const { answer } = set.client.call('chat.send', { conversationId, parentId: null, text: 'x', budget })
    prepare(set, answer.id)
    set.engine().greet()
    set.engine().say(measured(35))
    return set.engine().last('generate')!.budget
  }
  expect(budgetOf(() => undefined)).toBe(35)
  expect(budgetOf(() => undefined, 80)).toBe(80)
  expect(budgetOf(({ client }, messageId) => client.call('chat.budget', { messageId, budget: 50 }))).toBe(50)
  expect(budgetOf(({ client }) => client.call('settings.change', { budget: 60 }))).toBe(60)
})

test('defaults are what a model brings, whatever was changed', () => {
  const { client } = readyStage()
  client.call('settings.change', { sampling: { ...MODEL_SAMPLING, temperature: 0 }, theme: 'dark' })
  expect(client.call('app.state', {}).defaults).toMatchObject({ sampling: MODEL_SAMPLING, theme: 'system' })
  expect(stage().client.call('app.state', {}).defaults.sampling).toEqual(DEFAULT_SAMPLING)
})

test('settings last, and reach every window', async () => {
  const set = stage()
  set.client.call('settings.change', { budget: 12.5, seed: 4, tintByDepth: true })
  expect(set.client.last('settings.changed')).toMatchObject({ budget: 12.5, seed: 4, tintByDepth: true })
  await set.close()
  const { client } = stage({ dataFolder: set.dataFolder })
  expect(client.call('app.state', {}).settings).toMatchObject({ budget: 12.5, seed: 4, tintByDepth: true })
})

test('a fixed seed is used for what is sent, and a new one drawn for another answer', () => {
  const { client, engine, conversationId } = readyStage()
  client.call('settings.change', { seed: 11 })
  const { answer } = client.call('chat.send', { conversationId, parentId: null, text: 'x', budget: 1 })
  expect(answer.generation!.seed).toBe(11)
  client.call('chat.stop', { messageId: answer.id })
  const again = client.call('chat.regenerate', { messageId: answer.id, budget: 1 })
  expect(again.answer.generation!.seed).not.toBe(11)
  expect(engine().isKilled).toBe(false)
})

test('patches are held against the contract', () => {
  const { client, engine } = readyStage()
  expect(client.refusal('settings.change', { theme: 'pink' })).toBe('BAD_ARGUMENT')
  expect(client.refusal('settings.change', { sampling: { temperature: 1 } })).toBe('BAD_ARGUMENT')
  expect(client.refusal('settings.change', { sampling: { ...MODEL_SAMPLING, topP: 0 } })).toBe('BAD_ARGUMENT')
  expect(client.refusal('settings.change', { modelFolder: '/no/such/folder' })).toBe('MODEL_NOT_FOUND')
  client.call('settings.change', { modelFolder: tmpdir() })
  expect(engine().last('load')).toMatchObject({ modelFolder: tmpdir() })
  client.call('settings.change', { modelFolder: null })
})
