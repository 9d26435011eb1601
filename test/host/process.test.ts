import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { engineEnvironment, forkEngine } from '../../electron/host/fork.ts'
import { temporaryFolder } from '../models/support.ts'
import { stage, until } from './support.ts'

const ENGINE = path.join(import.meta.dirname, 'engine-process.ts')

test('a real engine process, killed in mid-answer, costs nothing but the rest of that answer', async () => {
  const { client, host, close } = stage({ spawnEngine: () => forkEngine(ENGINE) })
  await until(() => host.engineStatus().phase === 'ready')
  const { id: conversationId } = client.call('conversation.create', {})
  const first = client.call('chat.send', { conversationId, parentId: null, text: 'x', budget: 50 })
  await until(() => client.all('chat.tokens').length > 5)
  const [pid] = childrenOf(process.pid).filter(({ command }) => command.includes('engine-process.ts'))
  process.kill(pid!.pid, 'SIGKILL')
  await until(() => client.last('chat.ended') !== undefined)
  const ended = client.last('chat.ended')!.message
  expect(ended).toMatchObject({ id: first.answer.id, status: 'interrupted' })
  expect(ended.text).toMatch(/^word0 word1 word2 word3 word4 /)
  expect(ended.generation!.failure!.message).toContain('SIGKILL')

  const next = client.call('chat.send', { conversationId, parentId: first.answer.id, text: 'again', budget: 50 })
  await until(() => client.last('chat.tokens')?.messageId === next.answer.id)
  client.call('chat.stop', { messageId: next.answer.id })
  await until(() => client.last('chat.ended')?.message.id === next.answer.id)
  expect(client.last('chat.ended')!.message.status).toBe('stopped')
  await close()
  expect(childrenOf(process.pid).filter(({ command }) => command.includes('engine-process.ts'))).toEqual([])
})

test('the engine gets no variable that changes what it runs', () => {
  expect(
    engineEnvironment({ PATH: '/bin', NODE_OPTIONS: '--require x', LD_PRELOAD: 'y', ELECTRON_RUN_AS_NODE: '1' }),
  ).toEqual({
    PATH: '/bin',
  })
})

test('the engine keeps little room for what is thrown away', async () => {
  const file = path.join(temporaryFolder(onTestFinished), 'garbage.mjs')
  writeFileSync(
    file,
    `import v8 from 'node:v8'
     let kept = []
     for (let i = 0; i < 2e6; i++) { kept.push({ i }); if (kept.length > 20_000) kept = [] }
     process.send(v8.getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size)`,
  )
  const engine = forkEngine(file)
  const bytes = await new Promise((resolve) => {
    engine.onMessage(resolve)
  })
  expect(bytes).toBeLessThan(6 * 2 ** 20)
})

function childrenOf(parent: number): { pid: number; command: string }[] {
  return execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && Number(match[2]) === parent)
    .map((match) => ({ pid: Number(match![1]), command: match![3]! }))
}
