import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { fuzz, summary } from '../fuzz/fuzz.ts'
import { hours } from './hours.ts'
import { kills } from './kills.ts'

/**
 * Tests that take as long as one likes, each repeated by its seed: `npm run torture -- kills --count 1000`,
 * `-- inputs --count 100000` (one again: `--case 1234`), `-- hours --hours 8`.
 */
const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string' },
    case: { type: 'string' },
    hours: { type: 'string', default: '8' },
  },
  allowPositionals: true,
})
const KINDS = { kills: killed, inputs: mutated, hours: chatted }
const kind = KINDS[positionals[0] as keyof typeof KINDS] as (() => Promise<boolean>) | undefined
if (!kind) {
  process.stderr.write(`Say which: ${Object.keys(KINDS).join(', ')}.\n`)
  process.exit(2)
}
const seed = Number(values.seed)
process.exit((await kind()) ? 0 : 1)

async function killed(): Promise<boolean> {
  const rounds = Number(values.count ?? 1000)
  const outcome = await inFolder((folder) =>
    kills(folder, seed, rounds, (round) => {
      if (round % 100 === 99) process.stdout.write(`${round + 1} kills\n`)
    }),
  )
  process.stdout.write(
    `${outcome.rounds} kills, ${outcome.early} before the first write; ${outcome.acknowledged} texts acknowledged, ` +
      `${outcome.lost.length} lost; the file is ${outcome.integrity}\n`,
  )
  for (const text of outcome.lost) process.stdout.write(`lost: ${text}\n`)
  return outcome.lost.length === 0 && outcome.integrity === 'ok'
}

async function mutated(): Promise<boolean> {
  const count = values.case === undefined ? Number(values.count ?? 100_000) : 1
  const report = await fuzz(seed, Number(values.case ?? 0), count)
  process.stdout.write(`${summary(report)}\n`)
  for (const failure of report.failures) process.stdout.write(`${failure}\n`)
  return report.failures.length === 0
}

async function chatted(): Promise<boolean> {
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`
  const { answers, failed, host, engine } = await inFolder((folder) =>
    hours(folder, seed, Number(values.hours) * 3_600_000, (count, memory) => {
      if (count % 500 === 0)
        process.stdout.write(`${count} answers; host ${megabytes(memory.host)}, engine ${megabytes(memory.engine)}\n`)
    }),
  )
  process.stdout.write(`${answers} answers, ${failed.length} failed\n`)
  for (const failure of failed) process.stdout.write(`${failure}\n`)
  const growth = Object.entries({ host, engine }).map(([name, { first, last }]) => {
    process.stdout.write(
      `${name}: ${megabytes(first)} after the warm-up, ${megabytes(last)} at the end (${(last / first).toFixed(3)})\n`,
    )
    return last / first
  })
  return failed.length === 0 && growth.every((ratio) => ratio <= 1.05)
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-torture-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
