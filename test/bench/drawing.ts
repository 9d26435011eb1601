import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { prepare } from '../../models/prepare/prepare.ts'
import type { Bench, Row } from './bench.ts'
import { interleaved, median, row, rowsOf } from './bench.ts'
import { BUILT_IN } from './models/files.ts'
import { drawing } from './window/drawing.ts'
import { windowRate } from './window/window.ts'

const ROOT = path.join(import.meta.dirname, '../..')
/** The issue's: renderer and compositor together, while as many tokens a second arrive. */
const [TOKENS_PER_SECOND, GOAL] = [100, 8]
const SECONDS = 12
/** Some hundred tokens long. */
const QUESTION = 'Tell me a long story about the keeper of a lighthouse, with many turns.'

/** What the window takes from the model while an answer streams, drawn in software. */
export const window: Bench = {
  title:
    `The window: percent of one CPU, second by second, while ${TOKENS_PER_SECOND} tokens a second arrive, ` +
    'drawn in software; and a token of the built-in model in it and by ask',
  async run({ repeats }) {
    return [...(await drawn()), ...(await written(repeats))]
  },
}

async function drawn(): Promise<Row[]> {
  const cost = await drawing(TOKENS_PER_SECOND, SECONDS)
  if (!cost) return []
  const both = cost.renderer.map((share, second) => share + cost.compositor[second]!)
  const rows = Object.entries(cost).map(([process, shares]) => row(process, '% of a CPU', shares as number[]))
  return [...rows, { ...row('both', '% of a CPU', both), against: `${(median(both) / GOAL).toFixed(2)} × the goal` }]
}

async function written(repeats: number): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-bench-'))
  try {
    const cache = path.join(folder, 'cache')
    await prepare(BUILT_IN, cache, 'int8')
    if ((await windowRate(path.join(folder, 'first'), cache, QUESTION)) === null) return []
    const rounds = { window: 0, ask: 0 }
    const contestants = {
      'by ask': () => Promise.resolve(1000 / askRate(cache, ++rounds.ask)),
      'in the window': async () =>
        1000 / (await windowRate(path.join(folder, String(++rounds.window)), cache, QUESTION))!,
    }
    return rowsOf(await interleaved(contestants, repeats), 'ms/token', 'by ask', 'built-in, int8: ')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function askRate(cache: string, seed: number): number {
  const args = ['run', '--silent', 'ask', '--', QUESTION, '--seed', String(seed), '--json']
  const { stdout, status } = spawnSync('npm', args, {
    cwd: ROOT,
    env: { ...process.env, DEPTHWISE_CACHE: cache },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`ask ended with ${status}`)
  return (JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { tokens_per_second: number }).tokens_per_second
}
