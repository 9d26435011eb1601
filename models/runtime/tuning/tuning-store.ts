import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { CountSchema, DeviceSchema } from '../../common/values.ts'
import { machine } from './machine.ts'

const FILE = 'tuning.json'
const VerdictSchema = v.pick(DeviceSchema, ['provider', 'reason'])
const FoundThreadingSchema = v.strictObject({
  threading: v.strictObject({ threads: v.pipe(v.number(), v.safeInteger(), v.minValue(1)), spinning: v.boolean() }),
  reason: v.string(),
  /** Milliseconds a token at full depth behind an empty context; not said by those of earlier versions. */
  ms: v.optional(v.pipe(v.number(), v.gtValue(0))),
})
const FourBitsSchema = v.strictObject({ gain: v.pipe(v.number(), v.finite()) })
const MemorySchema = v.strictObject({
  machine: v.string(),
  fourBits: v.optional(FourBitsSchema),
  verdict: v.optional(VerdictSchema),
  cpu: v.optional(FoundThreadingSchema),
  /** Answers in a row that were slower than was found. */
  slow: v.optional(CountSchema),
})
type Memory = Omit<v.InferOutput<typeof MemorySchema>, 'machine'>

/** Which provider was found the faster one, and what was found. */
export type Verdict = v.InferOutput<typeof VerdictSchema>
/** Which threads were found the fastest, and what was found. */
export type FoundThreading = v.InferOutput<typeof FoundThreadingSchema>

/** What was found when the providers were compared for a prepared model on this machine, or null. */
export function recallProvider(modelFolder: string): Verdict | null {
  return recall(modelFolder).verdict ?? null
}

/** Keeps what was found, where it can be kept; otherwise it is found again at the next start. */
export function rememberProvider(modelFolder: string, { provider, reason }: Verdict): void {
  remember(modelFolder, { verdict: { provider, reason } })
}

/** What was found when threads were compared for a prepared model on this machine; null where they are to be compared (again). */
export function recallThreading(modelFolder: string): FoundThreading | null {
  const { cpu, slow = 0 } = recall(modelFolder)
  return cpu && slow < TOO_SLOW ? cpu : null
}

/** As `rememberProvider`. */
export function rememberThreading(modelFolder: string, { threading, reason, ms }: FoundThreading): void {
  remember(modelFolder, { cpu: { threading, reason, ...(ms !== undefined && { ms }) }, slow: 0 })
}

/** Answers in a row, much slower than was found, behind which threads are compared again. */
const TOO_SLOW = 3
/** How many times as long as was found a token must take for that. */
const MUCH_SLOWER = 1.3

/** Holds the speed of an answer against what was found when threads were compared. @param ms a token */
export function noteSpeed(modelFolder: string, ms: number): void {
  const { cpu, slow = 0 } = recall(modelFolder)
  if (cpu?.ms === undefined) return
  const now = ms > MUCH_SLOWER * cpu.ms ? slow + 1 : 0
  if (now !== slow && now <= TOO_SLOW) remember(modelFolder, { slow: now })
}

/** Share of a token's time that 4 bits save against 8. */
export type FourBits = v.InferOutput<typeof FourBitsSchema>

/** What was found when a model was compared in 4 and 8 bits on this machine, or null. */
export function recallFourBits(modelFolder: string): FourBits | null {
  return recall(modelFolder).fourBits ?? null
}

/** As `rememberProvider`. */
export function rememberFourBits(modelFolder: string, fourBits: FourBits): void {
  remember(modelFolder, { fourBits })
}

/** Whether what is found now will be known at the next start. */
export function canRemember(modelFolder: string): boolean {
  try {
    accessSync(modelFolder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function recall(modelFolder: string): Memory {
  try {
    const memory = v.parse(MemorySchema, JSON.parse(readFileSync(path.join(modelFolder, FILE), 'utf8')))
    return memory.machine === machine() ? memory : {}
  } catch {
    return {}
  }
}

function remember(modelFolder: string, part: Memory): void {
  try {
    writeFileSync(path.join(modelFolder, FILE), JSON.stringify({ ...recall(modelFolder), ...part, machine: machine() }))
  } catch {
    // a read-only cache is no reason to refuse work
  }
}
