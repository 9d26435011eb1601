import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import readline from 'node:readline'
import Database from 'better-sqlite3'
import { openHistory } from '../../electron/history/history.ts'
import { Random } from '../fuzz/random.ts'

const WRITER = path.join(import.meta.dirname, '../history/writer.ts')
/** A round in four is killed on its way to the first write: opening, migrating, recovering the log. */
const EARLY = 4
const LATEST_EARLY_MS = 350
const LATEST_MS = 120

export interface Kills {
  rounds: number
  /** Rounds that were killed before they wrote. */
  early: number
  acknowledged: number
  /** Texts that were acknowledged and are not there. */
  lost: string[]
  /** What SQLite says of the file: `ok`. */
  integrity: string
}

/** Kills a process that writes conversations, again and again at moments drawn from the seed, and looks for what it had acknowledged. */
export async function kills(
  folder: string,
  seed: number,
  rounds: number,
  told: (round: number) => void = () => undefined,
): Promise<Kills> {
  const acknowledged = new Set<string>()
  const outcome: Kills = { rounds, early: 0, acknowledged: 0, lost: [], integrity: '' }
  for (let round = 0; round < rounds; round++) {
    const lines = await killed(folder, round, new Random(seed, round))
    if (lines.length === 0) outcome.early++
    for (const line of lines) acknowledged.add(line)
    // what earlier rounds wrote is looked at now and then, and at the end
    const all = round % 50 === 49 || round === rounds - 1
    const kept = textsIn(folder, all ? null : `round ${round}`)
    outcome.lost.push(...(all ? [...acknowledged] : lines).filter((text) => !kept.has(text)))
    told(round)
  }
  outcome.acknowledged = acknowledged.size
  outcome.lost = [...new Set(outcome.lost)]
  const database = new Database(path.join(folder, 'history.sqlite'))
  outcome.integrity = String(database.pragma('integrity_check', { simple: true }))
  database.close()
  return outcome
}

/** @returns the lines that the writer had put out when it was killed */
async function killed(folder: string, round: number, random: Random): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(writer, 'exit')
  const kill = (latest: number): NodeJS.Timeout => setTimeout(() => writer.kill('SIGKILL'), random.below(latest))
  let timer = random.below(EARLY) === 0 ? kill(LATEST_EARLY_MS) : undefined
  const lines: string[] = []
  for await (const line of readline.createInterface({ input: writer.stdout })) {
    lines.push(line)
    timer ??= kill(LATEST_MS)
  }
  await ended
  return lines
}

/** @param title of the conversation to read, or null for all */
function textsIn(folder: string, title: string | null): Set<string> {
  const history = openHistory(folder)
  try {
    const read = history.conversations.list().filter((each) => title === null || each.title === title)
    return new Set(read.flatMap(({ id }) => history.messages.tree(id).map(({ text }) => text)))
  } finally {
    history.close()
  }
}
