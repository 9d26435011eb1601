import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { HostOptions } from '../../electron/host/host.ts'
import { copyOfTiny, editJson } from '../models/support.ts'
import { LOADED } from './samples.ts'
import type { Stage } from './support.ts'
import { answering, ask, quietLibrary, readyStage, temporaryFolder, until } from './support.ts'

/** A ready stage on whose machine there are other models too, by name. */
function stageWith(names: string[], changes: Partial<HostOptions> = {}) {
  const dataFolder = temporaryFolder()
  const added = names.map((name) => {
    const folder = copyOfTiny()
    editJson(folder, 'config.json', (config) => {
      config.name = name
    })
    return folder
  })
  writeFileSync(path.join(dataFolder, 'models.json'), JSON.stringify({ added }))
  const set = readyStage({ dataFolder, ...changes })
  return { ...set, ids: added.map((folder) => `folder:${folder}`) }
}

/** A new conversation that the model `modelId` answers, and a question in it. */
function askOf(set: Stage, modelId: string | null, text: string) {
  const sent = { conversationId: null, parentId: null, text, budget: 50, modelId }
  const { conversation, answer } = set.client.call('chat.send', sent)
  return { conversationId: conversation!.id, messageId: answer.id }
}

const generates = ({ engines }: Stage, question: string): number =>
  engines.findIndex(({ sent }) =>
    sent.some((command) => command.type === 'generate' && command.turns.at(-1)?.content === question),
  )

test('a conversation with a model of its own is answered by an engine of its own, beside the app’s', async () => {
  const set = stageWith(['Second'])
  const { client, engines, ids, conversationId } = set
  const [second] = ids
  const { messageId, conversationId: own } = askOf(set, second!, 'sea')
  expect(engines).toHaveLength(2)
  engines[1]!.greet()
  expect(engines[1]!.last('load')).toMatchObject({ modelFolder: second!.slice('folder:'.length) })
  engines[1]!.say({ type: 'progress', phase: 'loading', fraction: 0.5 })
  expect(client.last('engine.other')).toMatchObject({ modelId: second, status: { phase: 'loading', progress: 0.5 } })
  // meanwhile the app's model goes on answering
  await ask({ client, engine: () => engines[0]! }, conversationId, null, 'hills')
  expect(generates(set, 'hills')).toBe(0)
  engines[1]!.say({ ...LOADED, model: { ...LOADED.model, id: 'other-weights', name: 'whatever' } })
  await until(() => generates(set, 'sea') === 1)
  answering(engines[1]!, 'sea').speak(0, 'Blue')
  answering(engines[1]!, 'sea').finish()
  expect(client.ended(messageId)).toMatchObject({
    text: 'Blue',
    generation: { modelId: second, model: 'Second, int8, other-we' },
  })
  const { conversation } = client.call('conversation.read', { id: own })
  expect(conversation.model).toEqual({ id: second, name: 'Second', hash: 'other-weights' })
  expect(client.last('engine.status')).toMatchObject({ phase: 'ready', model: { id: 'toy' } })
  expect(client.call('app.state', {}).others).toMatchObject([{ modelId: second, status: { phase: 'ready' } }])
})

test('nothing is loaded for a conversation that is opened or given a model, only for one that is to be answered', () => {
  const { client, engines, ids, conversationId } = stageWith(['Second'])
  const changed = client.call('conversation.model', { id: conversationId, modelId: ids[0]! })
  expect(changed.model).toEqual({ id: ids[0], name: 'Second', hash: null })
  client.call('conversation.read', { id: conversationId })
  expect(engines).toHaveLength(1)
  expect(client.call('conversation.model', { id: conversationId, modelId: null }).model).toBeUndefined()
})

test('three engines run at most: a fourth model takes the place of the idle one that was asked longest ago, or waits', async () => {
  const set = stageWith(['A', 'B', 'C'])
  const { client, engines, ids } = set
  const [a, b, c] = ids as [string, string, string]
  askOf(set, a, 'to a')
  askOf(set, b, 'to b')
  engines[1]!.load()
  engines[2]!.load()
  await until(() => generates(set, 'to a') === 1 && generates(set, 'to b') === 2)
  const waiting = askOf(set, c, 'to c')
  expect(engines).toHaveLength(3)
  expect(client.call('app.state', {}).others).toMatchObject([{}, {}, { modelId: c, status: { phase: 'starting' } }])
  answering(engines[2]!, 'to b').finish()
  await until(() => engines.length === 4)
  expect(engines[2]!.last('shutdown')).toBeDefined()
  expect(engines[1]!.last('shutdown')).toBeUndefined()
  expect(client.all('engine.other')).toContainEqual({ modelId: b, status: null })
  engines[3]!.load()
  await until(() => generates(set, 'to c') === 3)
  answering(engines[3]!, 'to c').finish()
  expect(client.ended(waiting.messageId)).toMatchObject({ status: 'complete' })
})

test('an answer that waits for a place can be stopped, and its model is then not loaded', async () => {
  const set = stageWith(['A', 'B', 'C'])
  const { client, engines, ids } = set
  for (const [i, id] of ids.slice(0, 2).entries()) {
    askOf(set, id, `question ${i}`)
    engines.at(-1)!.load()
    await until(() => generates(set, `question ${i}`) === i + 1)
  }
  const { messageId } = askOf(set, ids[2]!, 'never')
  client.call('chat.stop', { messageId })
  expect(client.ended(messageId)).toMatchObject({ status: 'stopped' })
  answering(engines[1]!, 'question 0').finish()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(engines).toHaveLength(3)
})

test('a model that does not fit beside the app’s is refused, and leaves no conversation behind', () => {
  const dataFolder = temporaryFolder()
  const folder = copyOfTiny()
  writeFileSync(path.join(dataFolder, 'models.json'), JSON.stringify({ added: [folder] }))
  const { client, engines } = readyStage({ dataFolder, library: { ...quietLibrary(dataFolder), memory: 2 ** 20 } })
  const sent = { conversationId: null, parentId: null, text: 'x', budget: 50, modelId: `folder:${folder}` }
  expect(client.refusal('chat.send', sent)).toBe('NO_MEMORY')
  expect(client.call('conversation.list', {})).toHaveLength(1)
  expect(engines).toHaveLength(1)
})

test('a model that cannot be loaded fails the answers that wait for it, no others; asked again it is tried again', async () => {
  const set = stageWith(['Second'])
  const { client, engines, ids, conversationId } = set
  const failure = { code: 'MODEL_WEIGHTS', message: 'A tensor is missing.' } as const
  const { messageId, conversationId: own } = askOf(set, ids[0]!, 'sea')
  engines[1]!.greet()
  engines[1]!.say({ type: 'loadFailed', failure })
  expect(client.ended(messageId)).toMatchObject({ status: 'error', generation: { failure } })
  expect(client.last('engine.status')).toMatchObject({ phase: 'ready' })
  expect(engines[1]!.last('shutdown')).toBeDefined()
  await ask({ client, engine: () => engines[0]! }, conversationId, null, 'hills')
  client.call('chat.send', { conversationId: own, parentId: messageId, text: 'again', budget: 50 })
  await until(() => engines.length === 3)
})

test('a model that has gone is said by name; with the app’s the conversation goes on', async () => {
  const set = stageWith(['Second'])
  const { client, engines, ids, conversationId } = set
  client.call('conversation.model', { id: conversationId, modelId: ids[0]! })
  await client.late('models.delete', { id: ids[0]! })
  const send = { conversationId, parentId: null, text: 'sea', budget: 50 }
  expect(() => client.call('chat.send', send)).toThrow('answered by Second, which is not on this machine')
  client.call('conversation.model', { id: conversationId, modelId: null })
  await ask({ client, engine: () => engines[0]! }, conversationId, null, 'sea')
  expect(generates(set, 'sea')).toBe(0)
})

test('settings of a device end the others, so that they begin anew; they are refused while another answers', async () => {
  const set = stageWith(['Second'])
  const { client, engines, ids } = set
  askOf(set, ids[0]!, 'sea')
  engines[1]!.load()
  await until(() => generates(set, 'sea') === 1)
  expect(client.refusal('engine.provider', { provider: 'cpu' })).toBe('BUSY')
  expect(client.refusal('models.precision', { id: ids[0], precision: 'int4' })).toBe('BUSY')
  answering(engines[1]!, 'sea').finish()
  client.call('engine.provider', { provider: 'cpu' })
  expect(engines[1]!.last('shutdown')).toBeDefined()
  expect(client.call('app.state', {}).others).toEqual([])
  engines[0]!.say(LOADED)
  askOf(set, ids[0]!, 'hills')
  await until(() => engines.length === 3)
  engines[2]!.greet()
  expect(engines[2]!.last('load')).toMatchObject({ provider: 'cpu' })
})

test('a conversation whose model becomes the app’s is answered by that', async () => {
  const set = stageWith(['Second'])
  const { client, engines, ids, conversationId } = set
  client.call('conversation.model', { id: conversationId, modelId: ids[0]! })
  client.call('models.use', { id: ids[0]! })
  engines[0]!.say(LOADED)
  await ask({ client, engine: () => engines[0]! }, conversationId, null, 'sea')
  expect(engines).toHaveLength(1)
})

test('what a model brings along for settings that were never changed holds where that model answers', async () => {
  const set = stageWith(['Second'])
  const { engines, ids } = set
  askOf(set, ids[0]!, 'sea')
  engines[1]!.greet()
  engines[1]!.say({ ...LOADED, sampling: { ...LOADED.sampling, temperature: 0.33 } })
  await until(() => generates(set, 'sea') === 1)
  expect(engines[1]!.last('generate')).toMatchObject({ sampling: { temperature: 0.33 } })
})
