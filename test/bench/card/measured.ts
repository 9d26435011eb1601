import { readFileSync } from 'node:fs'
import path from 'node:path'
import { BUILT_IN } from '../models/files.ts'
import { table } from '../table.ts'

/** eval.json of a model folder: what its training measured. */
interface Evaluation {
  teacher: number
  curve: { budget: number; router: number; random: number; realised: number; mean_depth: number }[]
  bench: Record<string, Record<string, number>>
  /** By kind and steps, by budget: share right, and recursions a token. */
  puzzles: Record<string, Record<string, [right: number, depth: number]>>
}

const TASKS = { arc_easy: 'ARC-easy', piqa: 'PIQA', openbook_qa: 'OpenBookQA', lambada: 'LAMBADA' } as const
const BUDGETS = ['0', '0.25', '0.5', '1'] as const
const STEP = 0.1

/** What the folder of the built-in model says was measured when it was trained, as tables. */
export function measured(): string {
  const found = JSON.parse(readFileSync(path.join(BUILT_IN, 'eval.json'), 'utf8')) as Evaluation
  return [curve(found), tasks(found), puzzles(found)].join('\n\n')
}

function curve({ curve: rows }: Evaluation): string {
  const shown = rows.filter(({ budget }) => Math.abs(budget / STEP - Math.round(budget / STEP)) < 1e-6)
  return table(
    ['budget', 'realised', 'mean depth', 'loss', 'random routing'],
    shown.map(({ budget, realised, mean_depth: depth, router, random }) => [
      String(Math.round(100 * budget)),
      (100 * realised).toFixed(1),
      depth.toFixed(2),
      router.toFixed(4),
      random.toFixed(4),
    ]),
  )
}

function tasks({ bench }: Evaluation): string {
  const row = (label: string, name: string): string[] => {
    const found = bench[name]!
    return [label, ...Object.keys(TASKS).map((task) => (100 * found[task]!).toFixed(1))]
  }
  return table(
    ['% right', ...Object.values(TASKS)],
    [
      row('SmolLM2-135M-Instruct (Q4_1)', 'teacher'),
      ...BUDGETS.map((budget) => row(`budget ${100 * Number(budget)}`, `budget ${budget}`)),
    ],
  )
}

function puzzles({ puzzles: found }: Evaluation): string {
  const rows = Object.entries(found).map(([name, byBudget]) => [
    name,
    ...BUDGETS.map((budget) => `${Math.round(100 * byBudget[budget]![0])} %`),
  ])
  return table(['kind and steps', ...BUDGETS.map((budget) => `budget ${100 * Number(budget)}`)], rows)
}
