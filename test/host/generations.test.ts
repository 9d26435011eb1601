import { expect, test } from 'vitest'
import type { Stage } from './support.ts'
import { answering, ask, readyStage, stage, summary, TestClient, until } from './support.ts'

/** A ready stage with a conversation for each question, all of them being answered. */
async function answeringStage(questions: string[], changes: Parameters<typeof readyStage>[0] = {}) {
  const set = readyStage(changes)
  const asked = []
  for (const question of questions) {
    const { id: conversationId } = set.client.call('conversation.create', {})
    const { turn, answer } = await ask(set, conversationId, null, question)
    asked.push({ conversationId, turnId: turn.id, messageId: answer.id })
  }
  return { ...set, asked }
}

const texts = ({ client }: Stage, conversationId: number): string[] =>
  client.call('conversation.read', { id: conversationId }).messages.map(({ text }) => text)

test('conversations are answered at the same time, and what the engine says reaches each one’s answer', async () => {
  const set = await answeringStage(['sea', 'hills'])
  const { client, engine, asked } = set
  const [sea, hills] = [answering(engine(), 'sea'), answering(engine(), 'hills')]
  expect(client.all('chat.started')).toEqual(
    asked.map(({ conversationId, messageId }) => ({ conversationId, messageId })),
  )
  sea.begin()
  hills.begin()
  sea.speak(0, 'It ')
  hills.speak(0, 'They ', 'are ')
  sea.speak(1, 'is ')
  hills.speak(2, 'high')
  expect(client.all('chat.tokens').map(({ messageId, first }) => [messageId, first])).toEqual([
    [asked[0]!.messageId, 0],
    [asked[1]!.messageId, 0],
    [asked[0]!.messageId, 1],
    [asked[1]!.messageId, 2],
  ])
  client.call('chat.budget', { messageId: asked[0]!.messageId, budget: 100 })
  expect(engine().last('budget')).toMatchObject({ id: sea.id, budget: 100 })
  engine().say({ type: 'budgetApplied', id: sea.id, token: 2, budget: 100 })
  client.call('chat.stop', { messageId: asked[0]!.messageId })
  expect(engine().last('stop')).toMatchObject({ id: sea.id })
  hills.finish()
  sea.finish({ finishReason: 'stopped' })
  expect(client.ended(asked[0]!.messageId)).toMatchObject({
    text: 'It is ',
    status: 'stopped',
    generation: { budgetChanges: [{ token: 2, budget: 100 }] },
  })
  expect(client.ended(asked[1]!.messageId)).toMatchObject({
    text: 'They are high',
    status: 'complete',
    generation: { budgetChanges: [] },
  })
  expect(texts(set, asked[1]!.conversationId)).toEqual(['hills', 'They are high'])
})

test('one that fails takes no other with it', async () => {
  const { client, engine, asked } = await answeringStage(['sea', 'hills'])
  const failure = { code: 'COMPUTE_FAILED', message: 'Out of memory.' } as const
  engine().say({ type: 'generationFailed', id: answering(engine(), 'sea').id, failure })
  answering(engine(), 'hills').speak(0, 'High')
  answering(engine(), 'hills').finish()
  expect(client.ended(asked[0]!.messageId)).toMatchObject({ status: 'error', generation: { failure } })
  expect(client.ended(asked[1]!.messageId)).toMatchObject({ status: 'complete', text: 'High' })
})

test('a late window reads which conversations are being answered, and the present state of each answer', async () => {
  const { host, client, engine, asked } = await answeringStage(['sea', 'hills'], { limits: { saveMs: 10_000 } })
  answering(engine(), 'sea').speak(0, 'It is')
  answering(engine(), 'hills').speak(0, 'They are')
  const late = new TestClient(host)
  const underWay = asked.map(({ conversationId, messageId }) => ({ conversationId, messageId }))
  expect(late.call('app.state', {}).answering).toEqual(underWay)
  const read = asked.map(({ conversationId }) => late.call('conversation.read', { id: conversationId }).messages[1])
  expect(read).toMatchObject([
    { text: 'It is', status: 'streaming' },
    { text: 'They are', status: 'streaming' },
  ])
  answering(engine(), 'sea').finish()
  expect(client.call('app.state', {}).answering).toEqual(underWay.slice(1))
})

test('a conversation whose branch on view is still being written takes no other question, and keeps no trace of it', async () => {
  const { client, engine, asked } = await answeringStage(['sea', 'hills'])
  const { conversationId, messageId } = asked[0]!
  const before = client.call('conversation.read', { id: conversationId })
  const heard = client.events.length
  const send = (parentId: number | null) =>
    client.refusal('chat.send', { conversationId, parentId, text: 'more', budget: 1 })
  expect([send(null), send(messageId)]).toEqual(['BUSY', 'BUSY'])
  expect(client.call('conversation.read', { id: conversationId })).toEqual(before)
  expect(client.events).toHaveLength(heard)
  answering(engine(), 'sea').finish()
  expect(send(messageId)).toBe(null)
})

test('an answer is written again beside one under way; a branch that is complete can be gone on with meanwhile', async () => {
  const set = await answeringStage(['sea'])
  const { client, engine, asked } = set
  const { conversationId, messageId } = asked[0]!
  const first = answering(engine(), 'sea')
  first.speak(0, 'one')
  const { answer } = client.call('chat.regenerate', { messageId, budget: 20 })
  await until(() => answering(engine(), 'sea').id !== first.id)
  const second = answering(engine(), 'sea')
  second.speak(0, 'two')
  first.speak(1, ' and')
  second.finish()
  expect(client.ended(answer.id)).toMatchObject({ text: 'two', parentId: asked[0]!.turnId })
  expect(client.refusal('chat.send', { conversationId, parentId: messageId, text: 'on', budget: 1 })).toBe('BUSY')
  await ask(set, conversationId, answer.id, 'on')
  first.finish()
  expect(client.ended(messageId)).toMatchObject({ text: 'one and', status: 'complete' })
})

test('what would take the engine away is refused until the last answer has ended', async () => {
  const { client, engine, engines } = await answeringStage(['sea', 'hills'])
  const refusals = () =>
    [
      ['engine.provider', { provider: 'cpu' }],
      ['settings.change', { precision: 'int4' }],
      ['engine.restart', {}],
    ].map(([call, params]) => client.refusal(call as string, params))
  expect(refusals()).toEqual(['BUSY', 'BUSY', 'BUSY'])
  answering(engine(), 'sea').finish()
  expect(refusals()).toEqual(['BUSY', 'BUSY', 'BUSY'])
  expect(client.call('app.state', {}).settings).toMatchObject({ provider: 'auto', precision: 'int8' })
  answering(engine(), 'hills').finish()
  expect(refusals()).toEqual([null, null, null])
  expect(engines.length).toBeGreaterThan(1)
})

test('an engine that dies: what had begun is kept and marked, what was being stopped is stopped, what waits goes on waiting', async () => {
  const set = await answeringStage(['sea', 'hills', 'stopping', 'waiting'])
  const { client, engine, engines, asked } = set
  answering(engine(), 'sea').speak(0, 'half')
  answering(engine(), 'hills').begin()
  answering(engine(), 'stopping').speak(0, 'so far')
  client.call('chat.stop', { messageId: asked[2]!.messageId })
  client.call('chat.budget', { messageId: asked[3]!.messageId, budget: 90 })
  engine().exit('signal SIGSEGV')
  const ends = asked.map(({ messageId }) => client.ended(messageId))
  expect(ends.map((end) => end?.status)).toEqual(['interrupted', 'interrupted', 'stopped', undefined])
  expect(ends.map((end) => end?.text)).toEqual(['half', '', 'so far', undefined])
  await until(() => engines.length === 2)
  engine().load()
  expect(engine().sent.filter(({ type }) => type === 'generate')).toMatchObject([
    { turns: [{ content: 'waiting' }], budget: 90 },
  ])
  answering(engine(), 'waiting').speak(0, 'there')
  answering(engine(), 'waiting').finish()
  expect(client.ended(asked[3]!.messageId)).toMatchObject({
    text: 'there',
    status: 'complete',
    generation: { budget: 90, budgetChanges: [] },
  })
})

test('one that crashes engines as soon as it begins is not tried again', async () => {
  const { client, engine, engines, asked } = await answeringStage(['sea'])
  answering(engine(), 'sea').begin()
  engine().exit('signal SIGSEGV')
  expect(client.ended(asked[0]!.messageId)?.status).toBe('interrupted')
  await until(() => engines.length === 2)
  engine().load()
  expect(engine().last('generate')).toBeUndefined()
})

test('those that wait in the engine’s queue show no progress, and are stopped or given another budget meanwhile', async () => {
  const questions = Array.from({ length: 10 }, (_, index) => `question ${index}`)
  const { client, engine, asked } = await answeringStage(questions)
  for (const question of questions.slice(0, 8)) answering(engine(), question).begin()
  const [ninth, tenth] = [asked[8]!.messageId, asked[9]!.messageId]
  expect(client.all('chat.prefill').map(({ messageId }) => messageId)).not.toContain(ninth)
  client.call('chat.stop', { messageId: ninth })
  answering(engine(), 'question 8').finish({ finishReason: 'stopped', promptTokens: 0, tokens: 0 })
  expect(client.ended(ninth)).toMatchObject({ status: 'stopped', text: '' })
  client.call('chat.budget', { messageId: tenth, budget: 7 })
  expect(client.last('chat.budget')).toEqual({ messageId: tenth, token: 0, budget: 7 })
  expect(engine().last('budget')).toMatchObject({ id: answering(engine(), 'question 9').id, budget: 7 })
  engine().say({ type: 'budgetApplied', id: answering(engine(), 'question 9').id, token: 0, budget: 7 })
  answering(engine(), 'question 9').begin()
  answering(engine(), 'question 9').finish()
  expect(client.ended(tenth)!.generation).toMatchObject({ budget: 7, budgetChanges: [] })
})

test('several sent while the model loads are all answered once it is there', () => {
  const set = stage()
  const { client, engine } = set
  const sent = ['sea', 'hills'].map((text) => {
    const { id: conversationId } = client.call('conversation.create', {})
    return client.call('chat.send', { conversationId, parentId: null, text, budget: 50 }).answer.id
  })
  client.call('chat.budget', { messageId: sent[1]!, budget: 80 })
  engine().load()
  for (const text of ['sea', 'hills']) answering(engine(), text).finish()
  expect(sent.map((id) => client.ended(id)?.generation?.budget)).toEqual([50, 80])
})

test('an engine that does not stop is killed once, however many answers it should have stopped', async () => {
  const { client, engines, asked } = await answeringStage(['sea', 'hills'], { limits: { stopMs: 20 } })
  let kills = 0
  // as a process that takes its time to go
  engines[0]!.kill = () => {
    kills += 1
  }
  for (const { messageId } of asked) client.call('chat.stop', { messageId })
  await until(() => kills > 0)
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(kills).toBe(1)
  engines[0]!.exit('signal SIGKILL')
  expect(asked.map(({ messageId }) => client.ended(messageId)?.status)).toEqual(['stopped', 'stopped'])
})

test('an answer that was stopped in time does not cost the engine its life', async () => {
  const { client, engine, asked } = await answeringStage(['sea', 'hills'], { limits: { stopMs: 20 } })
  client.call('chat.stop', { messageId: asked[0]!.messageId })
  answering(engine(), 'sea').finish({ finishReason: 'stopped' })
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(engine().isKilled).toBe(false)
  expect(client.ended(asked[1]!.messageId)).toBeUndefined()
})

test('deleting a conversation abandons its answers, and no other’s', async () => {
  const set = await answeringStage(['sea', 'hills'])
  const { client, engine, asked } = set
  const [sea, hills] = [answering(engine(), 'sea'), answering(engine(), 'hills')]
  client.call('chat.regenerate', { messageId: asked[0]!.messageId, budget: 1 })
  await until(() => answering(engine(), 'sea').id !== sea.id)
  client.call('conversation.delete', { id: asked[0]!.conversationId })
  const stops = engine().sent.flatMap((command) => (command.type === 'stop' ? [command.id] : []))
  expect(stops).toEqual([sea.id, answering(engine(), 'sea').id])
  sea.speak(0, 'unheard')
  hills.speak(0, 'High')
  expect(client.all('chat.tokens').map(({ messageId }) => messageId)).toEqual([asked[1]!.messageId])
  expect(client.call('app.state', {}).answering).toHaveLength(1)
  hills.finish()
  // the engine has not stopped them yet
  expect(client.refusal('engine.restart', {})).toBe('BUSY')
  for (const id of stops) engine().say({ type: 'finished', id, summary: summary({ finishReason: 'stopped' }) })
  expect(client.refusal('engine.restart', {})).toBe(null)
  expect(client.all('chat.ended')).toHaveLength(1)
})

test('an engine that stays down fails all that wait', async () => {
  const { client, engine, engines } = stage()
  const sent = ['sea', 'hills'].map((text) => {
    const { id: conversationId } = client.call('conversation.create', {})
    return client.call('chat.send', { conversationId, parentId: null, text, budget: 50 }).answer.id
  })
  for (let i = 1; i <= 3; i++) {
    await until(() => engines.length === i)
    engine().exit('exit code 139')
  }
  expect(sent.map((id) => client.ended(id)?.status)).toEqual(['error', 'error'])
})

test('closing keeps every half answer', async () => {
  const set = await answeringStage(['sea', 'hills'])
  answering(set.engine(), 'sea').speak(0, 'half')
  answering(set.engine(), 'hills').speak(0, 'of', ' it')
  await set.close()
  const { client } = stage({ dataFolder: set.dataFolder })
  const kept = set.asked.map(
    ({ conversationId }) => client.call('conversation.read', { id: conversationId }).messages[1],
  )
  expect(kept).toMatchObject([
    { text: 'half', status: 'interrupted' },
    { text: 'of it', status: 'interrupted' },
  ])
  expect(client.call('app.state', {}).answering).toEqual([])
})
