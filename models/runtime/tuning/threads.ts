import { DepthwiseError } from '../../common/errors.ts'

/** How many threads share the work of a graph, and whether one that waits for work keeps its core busy. */
export interface Threading {
  threads: number
  spinning: boolean
}

/** What is compared: graphs loaded with one threading or another. */
export interface Contest<T> {
  cores: number
  /** Threads to begin with, which remain where the time is up before others were tried. */
  first: number
  /** Milliseconds until nothing further is tried, given how long the first was to load. */
  budget: (loadMs: number) => number
  load: (threading: Threading) => Promise<T>
  /** Milliseconds a token in a short run, Infinity where it fails. */
  time: (loaded: T) => Promise<number>
  release: (loaded: T) => Promise<void>
  now: () => number
}

export interface Measured extends Threading {
  /** The least that was seen. */
  ms: number
}

export interface Winner<T> {
  loaded: T
  threading: Threading
  /** All that were tried, in turn. */
  measured: readonly Measured[]
}

/** What more threads, or spinning ones, must gain to be worth a core. */
const WORTH = 1.1
/** Rounds of a duel, and milliseconds behind which no further one begins. */
const [ROUNDS, DUEL_MS] = [5, 250]
/** How much slower than the best so far a challenger is after two rounds that needs no third. */
const HOPELESS = 1.5
/** Milliseconds a token from which one look is enough: chance is small against them, and a person waits. */
export const SLOW_MS = 500

/**
 * Tries one threading after the other against the best so far, in turns, so that a busy moment of the machine meets
 * both. No more than two are loaded at a time.
 * @throws DepthwiseError as `load` of the first
 */
export async function fastestThreading<T>(contest: Contest<T>): Promise<Winner<T>> {
  const steps = [1]
  while (steps.at(-1)! * 2 <= contest.cores) steps.push(steps.at(-1)! * 2)
  const start = steps.findLastIndex((threads) => threads <= Math.max(1, contest.first))
  const began = contest.now()
  let best = await enter(contest, { threads: steps[start]!, spinning: false })
  const loadMs = contest.now() - began
  const end = contest.now() + contest.budget(loadMs)
  const measured = [best.measured]
  for (const threading of challengers(steps, start, () => best.measured.threads)) {
    if (contest.now() + loadMs > end) break
    const challenger = await enter(contest, threading).catch(refusal)
    if (!challenger) break
    measured.push(challenger.measured)
    const wins = await duel(contest, best, challenger)
    await contest.release((wins ? best : challenger).loaded)
    if (wins) best = challenger
  }
  const { threads, spinning } = best.measured
  return { loaded: best.loaded, threading: { threads, spinning }, measured }
}

interface Contestant<T> {
  loaded: T
  measured: Measured
}

async function enter<T>({ load }: Contest<T>, threading: Threading): Promise<Contestant<T>> {
  return { loaded: await load(threading), measured: { ...threading, ms: Infinity } }
}

/** A machine may have room for one, but not for two. */
function refusal(error: unknown): null {
  if (error instanceof DepthwiseError) return null
  throw error
}

/** More threads as long as they gain; where they do not, spinning ones, then fewer as long as nothing is lost. */
function* challengers(steps: readonly number[], start: number, best: () => number): Generator<Threading> {
  for (let i = start + 1; i < steps.length && best() === steps[i - 1]; i++) yield* bothOf(steps[i]!)
  if (best() === steps[start]) yield* bothOf(steps[start]).slice(1)
  for (let i = start - 1; i >= 0 && best() === steps[i + 1]; i--) yield* bothOf(steps[i]!)
}

/** A single thread waits for no other. */
function bothOf(threads: number): Threading[] {
  return (threads === 1 ? [false] : [false, true]).map((spinning) => ({ threads, spinning }))
}

/** Whether the challenger wins: against the least of the champion's times, in this duel or in one before. */
async function duel<T>(
  { time, now }: Contest<T>,
  { loaded, measured: champion }: Contestant<T>,
  { loaded: other, measured: challenger }: Contestant<T>,
): Promise<boolean> {
  const began = now()
  const isOpen = (): boolean => challenger.ms < champion.ms * HOPELESS && now() - began < DUEL_MS
  const isSlow = ({ ms }: Measured): boolean => ms > SLOW_MS && ms < Infinity
  for (let round = 0; round < ROUNDS && (round < 2 || isOpen()); round++) {
    if (!isSlow(champion)) champion.ms = Math.min(champion.ms, await time(loaded))
    challenger.ms = Math.min(challenger.ms, await time(other))
    if (isSlow(champion)) break
  }
  const isCheaper = challenger.threads < champion.threads
  return isCheaper ? challenger.ms <= champion.ms * WORTH : challenger.ms * WORTH < champion.ms
}
