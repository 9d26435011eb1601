import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { makeDataFolder } from '../../electron/host/data-folder.ts'
import { quietPipes } from '../../electron/host/quiet-pipes.ts'
import { importModel } from '../../models/prepare/import.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { TINY } from '../models/support.ts'
import { temporaryFolder } from './support.ts'

test('a data folder that cannot be made is told in words', () => {
  const file = path.join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  expect(() => makeDataFolder(path.join(file, 'data'))).toThrow(
    expect.objectContaining({
      code: 'HISTORY_UNWRITABLE',
      message: expect.stringContaining('DEPTHWISE_DATA') as string,
    }),
  )
  // where Node's own way of making a folder never ends
  if (process.platform === 'linux')
    expect(() => makeDataFolder('/proc/nowhere/data')).toThrow(expect.objectContaining({ code: 'HISTORY_UNWRITABLE' }))
  const folder = path.join(temporaryFolder(), 'a', 'b')
  expect(makeDataFolder(folder)).toBe(folder)
})

test('the server ends in words where its data folder cannot be made', async () => {
  const file = path.join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const serve = path.join(import.meta.dirname, '..', '..', 'electron', 'serve', 'serve.ts')
  await expect(promisify(execFile)(process.execPath, [serve, '--data', path.join(file, 'data')])).rejects.toMatchObject(
    {
      code: 1,
      stderr: expect.stringMatching(
        /^Depthwise cannot start: The folder of your conversations .*HISTORY_UNWRITABLE/,
      ) as string,
    },
  )
})

test('a reader that has gone ends nothing, and another failure is heard of', () => {
  const stream = new PassThrough()
  quietPipes([stream])
  stream.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }))
  expect(() => stream.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full')
})

test('what a killed preparation left is removed at the next start, whatever model that is with', async () => {
  const [cache, target] = [temporaryFolder(), path.join(temporaryFolder(), 'imported')]
  await importModel(TINY, target, 'int8')
  const left = path.join(cache, 'x.partial-1-1000')
  for (const start of [target, path.join(cache, 'no such model')]) {
    mkdirSync(left)
    await prepare(start, cache, 'int8').catch(() => undefined)
    expect(readdirSync(cache)).not.toContain(path.basename(left))
  }
})
