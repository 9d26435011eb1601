import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Engine } from '../../../models/runtime/engine.ts'
import { BUILT_IN } from '../models/files.ts'
import { table } from '../table.ts'
import { ask as askOnce, loadBuiltIn } from './asking.ts'

/** A question, and what a right answer to it holds. */
interface Candidate {
  ask: string
  /** A regular expression. */
  right: string
  flags?: string
  /** Whether an answer takes a paragraph. */
  long?: boolean
}

/** A puzzle with the one right answer; models/training/puzzles.py makes them. */
interface Puzzle {
  ask: string
  right: string
  kind: string
  steps: number
}

/** Answers drawn besides the greedy one. */
const SEEDS = [1, 2]
const [QUESTIONS, PUZZLES] = [4, 2]
/** Characters: a suggestion is one line of a button. */
const LONGEST = 160

/**
 * Asks the built-in model every candidate, at its first budget and at full budget, and writes the starters: questions
 * whose every answer is right and comes to an end, and puzzles where depth shows, wrong at budget 0 and right at 100.
 * Where there is no such puzzle, one that is right at every budget.
 */
export async function starters(): Promise<string> {
  const engine = await loadBuiltIn()
  const questions: { candidate: Candidate; share: number }[] = []
  const rows: string[][] = []
  for (const candidate of read<Candidate>('candidates.json')) {
    const share = await shareRight(engine, candidate)
    questions.push({ candidate, share })
    rows.push([candidate.ask, `${Math.round(100 * share)} %`, ''])
  }
  const puzzles: { puzzle: Puzzle; shallow: boolean; deep: boolean }[] = []
  for (const puzzle of read<Puzzle>('puzzles.json')) {
    const at = async (budget: number): Promise<boolean> =>
      (await askOnce(engine, puzzle.ask, budget, null)).text === puzzle.right
    const [shallow, deep] = [await at(0), await at(100)]
    puzzles.push({ puzzle, shallow, deep })
    if (shallow !== deep) rows.push([puzzle.ask, shallow ? 'right' : 'wrong', deep ? 'right' : 'wrong'])
  }
  await engine.release()
  const good = questions.filter(({ share }) => share === 1).map(({ candidate }) => candidate)
  const chosen = [
    ...spread(
      good.filter(({ long }) => long),
      2,
    ),
    ...spread(
      good.filter(({ long }) => !long),
      QUESTIONS - 2,
    ),
  ]
  const short = puzzles.filter(({ puzzle }) => puzzle.ask.length <= LONGEST)
  const telling = short.filter(({ shallow, deep }) => deep && !shallow)
  const certain = short
    .filter(({ shallow, deep }) => deep && shallow)
    .toSorted((a, b) => b.puzzle.steps - a.puzzle.steps)
  const both = [...telling, ...certain].slice(0, PUZZLES).map(({ puzzle }) => puzzle.ask)
  const list = [...chosen.map(({ ask }) => ask), ...both]
  writeFileSync(path.join(BUILT_IN, 'starters.json'), `${JSON.stringify(list, null, 1)}\n`)
  const count = (holds: (one: (typeof puzzles)[number]) => boolean): number => puzzles.filter(holds).length
  const figures = `Puzzles: ${puzzles.length}; right at budget 0: ${count(({ shallow }) => shallow)}, at 100: ${count(({ deep }) => deep)}.`
  return `${table(['asked', 'right at the first budget', 'right at 100'], rows)}\n\n${figures}\n\nWritten:\n${list.join('\n')}`
}

function read<T>(file: string): T[] {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, file), 'utf8')) as T[]
}

/** Of the greedy answers at the first and at full budget, and some drawn ones at the first: those that are right and come to an end. */
async function shareRight(engine: Engine, { ask, right, flags }: Candidate): Promise<number> {
  const pattern = new RegExp(right, flags)
  const outcomes: boolean[] = []
  const first = engine.info.budget.effect?.first ?? 0
  for (const [budget, seed] of [[first, null], [100, null], ...SEEDS.map((seed) => [first, seed] as const)] as const) {
    const { text, ended } = await askOnce(engine, ask, budget, seed)
    outcomes.push(ended && pattern.test(text))
  }
  return outcomes.filter(Boolean).length / outcomes.length
}

/** Some of a list, from all over it. */
function spread<T>(list: readonly T[], count: number): T[] {
  return Array.from({ length: Math.min(count, list.length) }, (_, i) => list[Math.floor((i * list.length) / count)]!)
}
