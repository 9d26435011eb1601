import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import type { Told } from '../../models/cli/progress.ts'
import { duration, Progress } from '../../models/cli/progress.ts'
import { temporaryFolder, TINY } from '../models/support.ts'
import { command } from './support.ts'

const root = path.join(import.meta.dirname, '../..')

function watched(isTTY: boolean) {
  const said: string[] = []
  let now = 0
  const to: Told = { isTTY, write: (text: string) => said.push(text) }
  const progress = new Progress(to, () => now)
  const at = (ms: number, share: number): void => {
    now = ms
    progress.tell('Preparing', share)
  }
  return { said, at, progress }
}

it('a log hears of every tenth of long work, with the time left, and nothing of short work', () => {
  const { said, at, progress } = watched(false)
  for (let i = 0; i <= 100; i++) at(300 * i, i / 100)
  progress.goOn('Loading')
  progress.end()
  expect(said.slice(0, 2)).toEqual(['Preparing 10 %, about 27 s left\n', 'Preparing 20 %, about 24 s left\n'])
  expect(said.slice(-2)).toEqual(['Preparing 100 %\n', 'Loading …\n'])
  expect(said).toHaveLength(11)
  const short = watched(false)
  for (let i = 0; i <= 100; i++) short.at(100 * i, i / 100)
  short.progress.goOn('Loading')
  expect(short.said).toEqual([])
})

it('a terminal has one line, which is drawn anew ten times a second and is empty at the end', () => {
  const { said, at, progress } = watched(true)
  for (let i = 0; i < 1000; i++) at(10 * i, i / 1000)
  progress.end()
  expect(said).toHaveLength(101)
  expect(said[50]).toBe('\r\x1b[KPreparing 50 %, about 5 s left')
  expect(said.at(-1)).toBe('\r\x1b[K')
  expect([0.2, 89, 100, 5399, 7200].map(duration)).toEqual(['1 s', '89 s', '2 min', '90 min', '2.0 h'])
})

it('Ctrl+C leaves nothing of a model that is imported, and ends with 130', async () => {
  const folder = temporaryFolder()
  const args = ['models/cli/import.ts', 'models/default', '--to', path.join(folder, 'new'), '--quantize', 'none']
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const weights = (): boolean => readdirSync(folder).some((name) => existsSync(path.join(folder, name, 'weights.bin')))
  while (!weights()) await setTimeout(5)
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([130, null])
  expect(said).toMatch(/\nInterrupted; nothing half-done was kept\.\n$/)
  expect(readdirSync(folder)).toEqual([])
})

it('a reader that goes away ends a command without a word', async () => {
  const args = ['models/cli/ask.ts', 'Hello', '--model', TINY, '--max-tokens', '200', '--seed', '1']
  const env = { ...process.env, DEPTHWISE_CACHE: temporaryFolder(), VK_ICD_FILENAMES: '' }
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stdout.destroy()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(said).toBe('')
})

it.each(['ask', 'score', 'import', 'convert'])('%s says with --help what it takes', async (name) => {
  const outcome = await command(`models/cli/${name}.ts`)('--help')
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  expect(outcome.stdout).toMatch(new RegExp(`^npm run --silent ${name} -- [^]+\n {2}--\\w`))
  expect(outcome.stdout.split('\n').every((line) => line.length <= 120)).toBe(true)
})

it('a command says what it took where it is asked to', async () => {
  const args = ['models/cli/import.ts', TINY, '--to', path.join(temporaryFolder(), 'new')]
  const env = { ...process.env, DEPTHWISE_MEASURE: '1' }
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  await once(child, 'close')
  expect(said).toMatch(/^[\d.]+ s, [\d.]+ s of processors, \d+ MB at most$/m)
})
