import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { table } from './table.ts'

const SCORE = path.join(import.meta.dirname, '../../models/cli/score.ts')

const HEAD = ['budget', 'realised', 'mean depth', 'ms/token (int8)', 'loss, float32', 'loss, 8 bits', 'loss, 4 bits']

interface Score {
  nll: number
  tokens: number
  share_realised: number
  mean_depth: number
  tokens_per_second: number
}

/** Loss, realised share and speed over the budget, in every precision, as a table of its own. */
export function budgets(file: string | undefined): string {
  if (file === undefined) {
    process.stderr.write('Say which texts to score: npm run bench -- budgets FILE\n')
    process.exit(2)
  }
  const rows = [0, 50, 100].map((budget) => {
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
  return table(HEAD, rows)
}

function score(file: string, precision: string, budget: number): Score {
  const args = [
    SCORE,
    '--texts',
    file,
    '--limit',
    '16',
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
