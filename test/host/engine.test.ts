import { expect, test, vi } from 'vitest'
import { LOADED } from './samples.ts'
import { ask, readyStage, stage, until } from './support.ts'

test('the engine is started, greeted, and given the model of the settings', () => {
  const { client, engine, dataFolder } = stage()
  expect(engine().sent).toEqual([])
  engine().greet()
  expect(engine().sent).toEqual([
    {
      type: 'load',
      modelFolder: '/models/default',
      cacheFolder: `${dataFolder}/cache`,
      precision: 'int8',
      provider: 'auto',
    },
  ])
  engine().say({ type: 'progress', phase: 'preparing', fraction: 0.5 })
  expect(client.last('engine.status')).toMatchObject({ phase: 'preparing', progress: 0.5 })
  engine().say(LOADED)
  expect(client.last('engine.status')).toMatchObject({ phase: 'ready', model: { id: 'toy' }, device: { threads: 2 } })
  expect(client.call('app.state', {}).starters).toEqual(['Tell me about the sea'])
})

test('an engine of another protocol is refused', () => {
  const { client, engine, engines } = stage()
  engine().sayAnything({ type: 'hello', protocol: 99, feature: 'new' })
  expect(client.last('engine.status')).toMatchObject({ phase: 'failed', failure: { code: 'ENGINE_PROTOCOL' } })
  expect(engine().isKilled).toBe(true)
  expect(engines).toHaveLength(1)
})

test('a model that cannot be loaded says why, and a message is refused with that reason', () => {
  const { client, engine, engines, conversationId } = readyStage()
  client.call('engine.provider', { provider: 'webgpu' })
  const failure = { code: 'PROVIDER_UNAVAILABLE', message: 'No adapter found.' } as const
  engine().say({ type: 'loadFailed', failure })
  expect(client.last('engine.status')).toMatchObject({ phase: 'failed', failure })
  const send = { conversationId, parentId: null, text: 'x', budget: 1 }
  expect(client.refusal('chat.send', send)).toBe('PROVIDER_UNAVAILABLE')
  client.call('engine.provider', { provider: 'cpu' })
  expect(engine().last('load')).toMatchObject({ provider: 'cpu' })
  engine().say(LOADED)
  expect(engines).toHaveLength(1)
  expect(client.refusal('chat.send', send)).toBe(null)
})

test('settings that change while a model loads give that load up with its process', async () => {
  const { client, engine, engines } = stage()
  engine().greet()
  client.call('settings.change', { provider: 'cpu' })
  expect(engines).toHaveLength(2)
  expect(engines[0]!.isKilled).toBe(true)
  engine().load()
  expect(engine().last('load')).toMatchObject({ provider: 'cpu' })
  await Promise.resolve()
  expect(client.last('engine.status')).toMatchObject({ phase: 'ready', restarts: 1 })
})

test('weights in other bits are loaded, once they are asked for', () => {
  const { client, engine } = stage()
  engine().greet()
  expect(engine().last('load')).toMatchObject({ precision: 'int8' })
  client.call('settings.change', { precision: 'int4' })
  engine().load()
  expect(engine().last('load')).toMatchObject({ precision: 'int4' })
})

test('an engine that dies in mid-answer: the half is kept and marked, the next message works', async () => {
  const set = readyStage()
  const { client, engine, engines, conversationId } = set
  const { answer } = await ask(set, conversationId, null, 'x')
  engine().speak(0, 'half ', 'of it')
  engine().exit('signal SIGSEGV')
  expect(client.last('chat.ended')!.message).toMatchObject({
    text: 'half of it',
    status: 'interrupted',
    generation: { finishReason: 'interrupted', failure: { code: 'ENGINE_STOPPED' } },
  })
  expect(client.last('chat.ended')!.message.generation!.failure!.message).toContain('signal SIGSEGV')
  const next = client.call('chat.send', { conversationId, parentId: answer.id, text: 'go on', budget: 50 })
  await until(() => engines.length === 2)
  engine().load()
  await until(() => engine().last('generate') !== undefined)
  expect(
    engine()
      .last('generate')!
      .turns.map(({ content }) => content),
  ).toEqual(['x', 'half of it', 'go on'])
  engine().speak(0, 'here')
  engine().finish()
  expect(client.last('chat.ended')!.message).toMatchObject({ id: next.answer.id, text: 'here', status: 'complete' })
  expect(client.last('engine.status')).toMatchObject({ restarts: 1 })
})

test('after three crashes it stays down, says why, fails what waits, and can be restarted by hand', async () => {
  const { client, engine, engines } = stage()
  const { id: conversationId } = client.call('conversation.create', {})
  client.call('chat.send', { conversationId, parentId: null, text: 'x', budget: 1 })
  for (let i = 1; i <= 3; i++) {
    await until(() => engines.length === i)
    engine().exit('exit code 139')
  }
  expect(client.last('engine.status')).toMatchObject({ phase: 'failed', failure: { code: 'ENGINE_STOPPED' } })
  expect(client.last('chat.ended')!.message).toMatchObject({ status: 'error', generation: { finishReason: 'error' } })
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(engines).toHaveLength(3)
  client.call('engine.restart', {})
  engine().load()
  expect(client.last('engine.status')).toMatchObject({ phase: 'ready', restarts: 3 })
})

test('an engine that cannot even be started is a crash too', async () => {
  const { client } = stage({
    spawnEngine: () => {
      throw new Error('no such file')
    },
  })
  await until(() => client.last('engine.status')?.phase === 'failed')
  expect(client.last('engine.status')!.failure!.message).toContain('no such file')
})

test('an engine that says something unknown is replaced', async () => {
  const { engine, engines } = readyStage()
  engine().sayAnything({ type: 'tokens', id: 'one' })
  await until(() => engines.length === 2)
  expect(engines[0]!.isKilled).toBe(true)
})

test('an engine that falls silent is replaced; one that answers, or loads, is not', async () => {
  vi.useFakeTimers()
  try {
    const { client, engine, engines } = stage({ limits: { beatMs: 1000, silentBeats: 3, silentBeatsLoading: 30 } })
    engine().greet()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(engines).toHaveLength(1)
    engine().say(LOADED)
    for (let i = 0; i < 10; i++) {
      await vi.advanceTimersByTimeAsync(2_000)
      engine().say({ type: 'pong', nonce: engine().last('ping')!.nonce })
    }
    expect(engines).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(engines).toHaveLength(2)
    expect(client.last('engine.status')).toMatchObject({ phase: 'starting', restarts: 1 })
  } finally {
    vi.useRealTimers()
  }
})

test('an engine with a model that falls silent is told of within ten seconds, until it speaks again', async () => {
  vi.useFakeTimers()
  try {
    const { client, engine, engines } = stage()
    engine().greet()
    engine().say(LOADED)
    await vi.advanceTimersByTimeAsync(7_000)
    expect(client.last('engine.status')!.silentMs).toBeUndefined()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(client.last('engine.status')).toMatchObject({ phase: 'ready', silentMs: 10_000 })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(client.last('engine.status')).toMatchObject({ phase: 'ready', silentMs: 15_000 })
    engine().say({ type: 'pong', nonce: 1 })
    expect(client.last('engine.status')!.phase).toBe('ready')
    expect(client.last('engine.status')!.silentMs).toBeUndefined()
    expect(engines).toHaveLength(1)
  } finally {
    vi.useRealTimers()
  }
})

test('a graphics device is not trusted after sleep, the processor is', () => {
  const { host, engine, engines } = readyStage()
  host.wokeUp()
  expect(engines).toHaveLength(1)
  engine().say({ ...LOADED, device: { provider: 'webgpu', reason: '', threads: 1 } })
  host.wokeUp()
  expect(engines).toHaveLength(2)
})

test('a load that is cancelled leaves no model, until one is asked for again', () => {
  const { client, engine, engines } = stage()
  engine().greet()
  client.call('engine.cancelLoad', {})
  expect(engine().sent.at(-1)).toEqual({ type: 'cancelLoad' })
  const failure = { code: 'LOAD_CANCELLED', message: 'No model.' } as const
  engine().say({ type: 'loadFailed', failure })
  expect(client.last('engine.status')).toMatchObject({ phase: 'failed', failure })
  client.call('engine.restart', {})
  engine().load()
  expect(client.last('engine.status')).toMatchObject({ phase: 'ready' })
  client.call('engine.cancelLoad', {})
  expect(engine().last('cancelLoad')).toBeUndefined()
  expect(engines).toHaveLength(2)
})

test('an engine that does not hear that its load is cancelled is given up', () => {
  vi.useFakeTimers()
  try {
    const { client, engine } = stage()
    engine().greet()
    client.call('engine.cancelLoad', {})
    vi.advanceTimersByTime(60_000)
    expect(engine().isKilled).toBe(true)
    expect(client.last('engine.status')).toMatchObject({ phase: 'failed', failure: { code: 'LOAD_CANCELLED' } })
  } finally {
    vi.useRealTimers()
  }
})
