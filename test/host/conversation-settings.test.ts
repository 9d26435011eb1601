import { expect, test } from 'vitest'
import { promptOf } from '../../electron/host/prompt.ts'
import { MODEL_SAMPLING } from './samples.ts'
import { ask, readyStage, stage } from './support.ts'

test('a conversation’s own values hold in it alone, and the settings for all that it does not say', async () => {
  const set = readyStage()
  const { client, engine, conversationId } = set
  const own = { systemPrompt: 'Answer in French.', sampling: { temperature: 0.1 } }
  expect(client.call('conversation.configure', { id: conversationId, settings: own })).toEqual(own)
  expect(client.last('conversation.configured')).toEqual({ id: conversationId, settings: own })
  client.call('settings.change', { systemPrompt: 'Be brief.', sampling: { ...MODEL_SAMPLING, topK: 5 } })
  const { answer } = await ask(set, conversationId, null, 'question')
  const written = { ...MODEL_SAMPLING, topK: 5, temperature: 0.1 }
  expect(engine().last('generate')).toMatchObject({
    sampling: written,
    turns: [
      { role: 'system', content: 'Answer in French.' },
      { role: 'user', content: 'question' },
    ],
  })
  expect(answer.generation!.sampling).toEqual(written)
  engine().speak(0, 'bien')
  engine().finish()
  expect(client.ended(answer.id)!.generation!.sampling).toEqual(written)

  const other = client.call('conversation.create', {}).id
  expect(client.call('conversation.settings', { id: other })).toEqual({ systemPrompt: null, sampling: {} })
  await ask(set, other, null, 'another question')
  expect(engine().last('generate')).toMatchObject({
    sampling: { ...MODEL_SAMPLING, topK: 5 },
    turns: [{ role: 'system', content: 'Be brief.' }, { role: 'user' }],
  })
})

test('an empty system prompt of its own is none, whatever the settings say', async () => {
  const set = readyStage()
  set.client.call('settings.change', { systemPrompt: 'Be brief.' })
  const settings = { systemPrompt: '', sampling: {} }
  const { id } = set.client.call('conversation.create', { settings })
  await ask(set, id, null, 'question')
  expect(set.engine().last('generate')!.turns).toEqual([{ role: 'user', content: 'question' }])
})

test('an answer that waits is written with what holds when it begins', async () => {
  const set = stage()
  const { id } = set.client.call('conversation.create', {})
  const { answer } = set.client.call('chat.send', { conversationId: id, parentId: null, text: 'x', budget: 50 })
  set.client.call('conversation.configure', { id, settings: { systemPrompt: 'Late.', sampling: { topP: 0.5 } } })
  set.engine().load()
  expect(set.engine().last('generate')).toMatchObject({ sampling: { topP: 0.5 }, turns: [{ content: 'Late.' }, {}] })
  const { messages } = set.client.call('conversation.read', { id })
  expect(messages.find((message) => message.id === answer.id)!.generation!.sampling.topP).toBe(0.5)
  await set.close()
  const again = stage({ dataFolder: set.dataFolder }).client
  expect(again.call('conversation.settings', { id })).toEqual({ systemPrompt: 'Late.', sampling: { topP: 0.5 } })
})

test('values that no sampler takes are refused, as is a conversation that is not there', () => {
  const { client, conversationId: id } = readyStage()
  const configure = (settings: unknown, whose = id) => client.refusal('conversation.configure', { id: whose, settings })
  expect(configure({ systemPrompt: null, sampling: { topP: 0 } })).toBe('BAD_ARGUMENT')
  expect(configure({ systemPrompt: 'x'.repeat(50_001), sampling: {} })).toBe('BAD_ARGUMENT')
  expect(configure({ systemPrompt: null, sampling: {} }, 999)).toBe('NOT_FOUND')
  expect(client.refusal('conversation.settings', { id: 999 })).toBe('NOT_FOUND')
})

test('presets are kept under names that no other has', async () => {
  const set = stage()
  const preset = { name: 'Translator', systemPrompt: 'Translate.', sampling: { temperature: 0 } }
  expect(set.client.call('settings.change', { presets: [preset] }).presets).toEqual([preset])
  const refused = (name: string) => set.client.refusal('settings.change', { presets: [preset, { ...preset, name }] })
  expect(refused('TRANSLATOR')).toBe('BAD_ARGUMENT')
  expect(refused('precise')).toBe('BAD_ARGUMENT')
  expect(refused(' ')).toBe('BAD_ARGUMENT')
  await set.close()
  const { settings } = stage({ dataFolder: set.dataFolder }).client.call('app.state', {})
  expect(settings.presets).toEqual([preset])
})

test('a system prompt of blanks is not read', () => {
  expect(promptOf([], false, ' \n')).toEqual([])
})
