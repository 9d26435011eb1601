import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'
import { engineEnvironment, forkEngine } from '../../electron/host/fork.ts'
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

function childrenOf(parent: number): { pid: number; command: string }[] {
  return execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && Number(match[2]) === parent)
    .map((match) => ({ pid: Number(match![1]), command: match![3]! }))
}
