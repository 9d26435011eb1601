import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DepthwiseError } from '../../models/common/errors.ts'
import { Random } from './random.ts'
import type { Target } from './targets.ts'
import { TARGETS } from './targets.ts'
import { WHOLE } from './whole.ts'

/** What came of one kind of input. */
interface Tally {
  cases: number
  /** Cases that got behind the first checks. */
  deep: number
  accepted: number
  milliseconds: number
}

export interface Report {
  failures: string[]
  tallies: ReadonlyMap<Target, Tally>
}

/** Linux keeps files in memory here: tens of thousands of them are written over. */
const MEMORY = '/dev/shm'
const ALL = [...TARGETS, WHOLE]
const MAX_FAILURES = 10

/** Runs the cases from `first` on, each made from the seed and its number alone. */
export async function fuzz(seed: number, first: number, count: number): Promise<Report> {
  const root = mkdtempSync(path.join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'depthwise-fuzz-'))
  const tallies = new Map(ALL.map((target) => [target, { cases: 0, deep: 0, accepted: 0, milliseconds: 0 }]))
  const failures: string[] = []
  try {
    for (let i = first; i < first + count && failures.length < MAX_FAILURES; i++) {
      const target = targetOf(new Random(seed, i))
      const tally = tallies.get(target)!
      let outcome = await runCase(target, root, seed, i)
      // another user of the machine may have stopped it for that long
      if (outcome.milliseconds > target.limit) outcome = await runCase(target, root, seed, i)
      tally.cases++
      tally.deep += Number(outcome.deep)
      tally.accepted += Number(outcome.thrown === undefined)
      tally.milliseconds += outcome.milliseconds
      const wrong = wrongWith(outcome, target)
      if (wrong) failures.push(`seed ${seed} case ${i} (${target.name}): ${wrong}`)
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  return { failures, tallies }
}

interface Outcome {
  deep: boolean
  thrown: unknown
  milliseconds: number
}

async function runCase(target: Target, root: string, seed: number, index: number): Promise<Outcome> {
  const random = new Random(seed, index)
  targetOf(random)
  const folder = path.join(root, target.name)
  mkdirSync(folder, { recursive: true })
  const outcome: Outcome = { deep: false, thrown: undefined, milliseconds: 0 }
  const start = performance.now()
  try {
    await target.run(folder, random, () => {
      outcome.deep = true
    })
  } catch (error) {
    outcome.thrown = error ?? new Error('nothing was thrown')
  }
  outcome.milliseconds = performance.now() - start
  return outcome
}

/** An input is read, or refused with an error that names something; anything else is a bug. */
function wrongWith({ thrown, milliseconds }: Outcome, target: Target): string | null {
  if (milliseconds > target.limit) return `it took ${Math.round(milliseconds)} ms`
  if (thrown === undefined) return null
  if (!(thrown instanceof DepthwiseError))
    return thrown instanceof Error ? (thrown.stack ?? thrown.message) : `thrown: ${JSON.stringify(thrown)}`
  if (!thrown.code.startsWith('MODEL_')) return `${thrown.code}: ${thrown.message}`
  return thrown.detail === undefined ? `no detail in: ${thrown.message}` : null
}

function targetOf(random: Random): Target {
  let place = random.below(1_000_000) / 1_000_000
  return ALL.find((target) => (place -= target.share) < 0) ?? ALL[0]!
}

/** One line for each kind of input. */
export function summary({ tallies }: Report): string {
  return [...tallies]
    .filter(([, { cases }]) => cases > 0)
    .map(([{ name }, { cases, deep, accepted, milliseconds }]) => {
      const percent = (part: number): string => `${((100 * part) / cases).toFixed(0)} %`
      return `${name}: ${cases} cases, ${percent(deep)} behind the first checks, ${percent(accepted)} accepted, ${(milliseconds / 1000).toFixed(1)} s`
    })
    .join('\n')
}
