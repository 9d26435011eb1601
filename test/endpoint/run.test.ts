import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../host/support.ts'
import { TINY } from '../models/support.ts'
import { ask } from './support.ts'

const SERVE = path.join(import.meta.dirname, '../../electron/endpoint/serve.ts')

function serve(...args: string[]): ChildProcessWithoutNullStreams {
  const data = temporaryFolder()
  const child = spawn(process.execPath, [SERVE, ...args], {
    env: {
      ...process.env,
      DEPTHWISE_DATA: data,
      DEPTHWISE_CACHE: path.join(data, 'cache'),
      DEPTHWISE_MODEL: path.join(data, 'no-such-model'),
      VK_ICD_FILENAMES: '',
    },
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

test('it prints address and token once, answers with the model named, and ends clean', async () => {
  const child = serve('--port', '0', '--token', 'mine', '--model', TINY)
  const said = output(child.stdout)
  const complaints = output(child.stderr)
  let heard = ''
  child.stdout.on('data', (part) => (heard += String(part)))
  while (!heard.includes('Token: ')) await once(child.stdout, 'data')
  const port = Number(/:(\d+)\/v1/.exec(heard)![1])
  const { json } = await ask(port, '/v1/models', { headers: { Authorization: 'Bearer mine' } })
  expect(json).toMatchObject({ data: [{ id: 'Depthwise Starter' }] })
  const exited = once(child, 'exit')
  child.kill('SIGINT')
  expect(await exited).toEqual([0, null])
  expect(await said).toMatch(
    /^Depthwise answers at http:\/\/127\.0\.0\.1:\d+\/v1 \(on 127\.0\.0\.1:\d+.*\)\nToken: mine\n$/,
  )
  expect(await complaints).toContain('Depthwise Starter is ready.')
})

test('--help says what there is', async () => {
  const child = serve('--help')
  const [said, exit] = await Promise.all([output(child.stdout), once(child, 'exit')])
  for (const option of ['--port', '--token', '--model', '--data']) expect(said).toContain(option)
  expect(exit).toEqual([0, null])
})

test('a wrong command line is a sentence and an exit code', async () => {
  for (const [args, code] of [
    [['--port', '70000'], 'BAD_ARGUMENT'],
    [['--nonsense'], 'BAD_ARGUMENT'],
    [['--token', 'two words'], 'BAD_ARGUMENT'],
    [['--model', '/no/such/folder'], 'MODEL_NOT_FOUND'],
  ] as const) {
    const child = serve(...args)
    const [complaint, exit] = await Promise.all([output(child.stderr), once(child, 'exit')])
    expect(complaint).toMatch(/^Depthwise cannot start: /)
    expect(complaint).toContain(`[${code}]`)
    expect(exit).toEqual([1, null])
  }
})
