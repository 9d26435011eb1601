import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import readline from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { cacheFolder, dataFolder } from '../../models/common/places.ts'
import { expectNode } from '../../electron/serve/node-version.ts'
import { temporaryFolder } from '../host/support.ts'
import { request } from './support.ts'

const SERVE = path.join(import.meta.dirname, '..', '..', 'electron', 'serve', 'serve.ts')

function serve(...args: string[]): ChildProcessWithoutNullStreams {
  const data = temporaryFolder()
  const child = spawn(process.execPath, [SERVE, ...args], {
    env: { ...process.env, DEPTHWISE_DATA: data, DEPTHWISE_CACHE: path.join(data, 'cache') },
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function output(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const part of stream) text += String(part)
  return text
}

test('the command prints an address, answers there, and ends when told to', async () => {
  const child = serve()
  let line = ''
  for await (line of readline.createInterface({ input: child.stdout })) break
  const address = /^Depthwise is at (http:\/\/127\.0\.0\.1:(\d+)\/#token=[\w-]{43})$/.exec(line)
  expect(address).not.toBe(null)
  expect((await request(Number(address![2]), '/')).headers).toHaveProperty('content-security-policy')
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})

test('a wrong command line is a sentence and an exit code', async () => {
  for (const args of [['--port', '70000'], ['--nonsense']]) {
    const child = serve(...args)
    const [errors, exit] = await Promise.all([output(child.stderr), once(child, 'exit')])
    expect(errors).toMatch(/^Depthwise cannot start: .*BAD_ARGUMENT/)
    expect(exit).toEqual([1, null])
  }
})

test('an older Node is told so', () => {
  expect(() => {
    expectNode('20.11.1')
  }).toThrow('needs Node.js 24')
  expect(() => {
    expectNode('24.21.0')
  }).not.toThrow()
})

test('folders are where each platform wants them, or where a person says', () => {
  const on = (platform: NodeJS.Platform, environment: Record<string, string> = {}) => {
    const person = { platform, environment, home: '/home/a' }
    return [dataFolder(person), cacheFolder(person)]
  }
  expect(on('linux')).toEqual(['/home/a/.local/share/depthwise', '/home/a/.cache/depthwise'])
  expect(on('linux', { XDG_DATA_HOME: '/d', XDG_CACHE_HOME: 'relative' })).toEqual([
    '/d/depthwise',
    '/home/a/.cache/depthwise',
  ])
  expect(on('darwin')).toEqual(['/home/a/Library/Application Support/Depthwise', '/home/a/Library/Caches/Depthwise'])
  expect(on('win32', { APPDATA: '/roaming', LOCALAPPDATA: '/local' })).toEqual([
    '/roaming/Depthwise',
    '/local/Depthwise/Cache',
  ])
  expect(on('linux', { DEPTHWISE_DATA: '/x', DEPTHWISE_CACHE: '/y' })).toEqual(['/x', '/y'])
})
