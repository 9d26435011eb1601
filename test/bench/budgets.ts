import { spawnSync } from 'node:child_process'
import path from 'node:path'
import type { Bench } from './bench.ts'
import { table } from './bench.ts'

const SCORE = path.join(import.meta.dirname, '../../electron/cli/score.ts')

interface Score {
  nll: number
  tokens: number
  share_realised: number
  mean_depth: number
  tokens_per_second: number
}

/** Loss, realised share and speed over the budget, in every precision: `npm run bench -- budgets FILE`. */
export const budgets: Bench = {
  title: 'Loss, realised share and time over the budget: 200 short chats of the held-out set',
  run([file]) {
    if (file === undefined) throw new Error('Say which texts to score: npm run bench -- budgets FILE')
    const rows = [0, 25, 50, 75, 100].map((budget) => {
      const [int8, int4, fp32] = (['int8', 'int4', 'fp32'] as const).map((precision) => score(file, precision, budget))
      const change = (other: Score): string => `${(100 * (other.nll / fp32!.nll - 1)).toFixed(2)} %`
      return [
        String(budget),
        (100 * int8!.share_realised).toFixed(1),
        int8!.mean_depth.toFixed(2),
        (1000 / int8!.tokens_per_second).toFixed(2),
        fp32!.nll.toFixed(4),
        `${int8!.nll.toFixed(4)} (${change(int8!)})`,
        `${int4!.nll.toFixed(4)} (${change(int4!)})`,
      ]
    })
    const head = [
      'budget',
      'realised',
      'mean depth',
      'ms/token (int8)',
      'loss, float32',
      'loss, 8 bits',
      'loss, 4 bits',
    ]
    return Promise.resolve(table(head, rows))
  },
}

function score(file: string, precision: string, budget: number): Score {
  const args = [
    SCORE,
    '--texts',
    file,
    '--limit',
    '200',
    '--max-chars',
    '400',
    '--json',
    '--precision',
    precision,
    '--budget',
    String(budget),
  ]
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) process.exit(status ?? 1)
  return JSON.parse(stdout) as Score
}
