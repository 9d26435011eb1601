import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { prepare } from '../../models/prepare/prepare.ts'
import type { Bench } from './bench.ts'
import { interleaved, rowsOf } from './bench.ts'
import { BUILT_IN } from './models/files.ts'
import { windowStarts } from './window/window.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const ASK = ['Hello', '--seed', '1', '--max-tokens', '4', '--temperature', '0']
/** Seconds that the issue allows. */
const GOALS: Readonly<Record<string, number>> = {
  'npm run ask to its first token, prepared': 1.5,
  'window to its first token, prepared': 2.5,
  'first preparation, int8': 5,
}

/** From a command, or from launching the app, to the first token of an answer, with the built-in model. */
export const start: Bench = {
  title: 'Start with the built-in model: seconds',
  async run({ repeats }) {
    const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-bench-'))
    const empty = (): string => mkdtempSync(path.join(folder, 'empty-'))
    const ready = path.join(folder, 'ready')
    try {
      await prepare(BUILT_IN, ready, 'int8')
      const samples = await interleaved(
        {
          'npm run ask to its first token, prepared': () => firstToken('npm', ['run', '--silent', 'ask', '--'], ready),
          'the same without npm': () => firstToken(process.execPath, ['models/cli/ask.ts'], ready),
          'npm run ask to its first token, first time': () =>
            firstToken('npm', ['run', '--silent', 'ask', '--'], empty()),
          'first preparation, int8': () => seconds(() => prepare(BUILT_IN, empty(), 'int8')),
          'first preparation, int4': () => seconds(() => prepare(BUILT_IN, empty(), 'int4')),
        },
        repeats,
      )
      const window = await windowStarts(path.join(folder, 'window'), ready, repeats)
      if (window) samples['window to its first token, prepared'] = window
      return rowsOf(samples, 's', undefined).map((row) => {
        const goal = GOALS[row.measured]
        return goal === undefined ? row : { ...row, against: `${(row.median / goal).toFixed(2)} × the goal` }
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function firstToken(command: string, args: readonly string[], cache: string): Promise<number> {
  const begun = performance.now()
  const child = spawn(command, [...args, ...ASK], {
    cwd: ROOT,
    env: { ...process.env, DEPTHWISE_CACHE: cache },
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  const took = (performance.now() - begun) / 1000
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${child.exitCode}`)
  return took
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}
