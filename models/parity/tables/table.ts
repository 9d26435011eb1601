import type { Plan } from '../../plan/plan.ts'
import type { Fixture, RecordedFact } from '../fixture.ts'
import type { Answered, Observed } from '../observe.ts'
import type { Reading } from '../reading.ts'
import { PLAIN } from '../reading.ts'

/**
 * Where the runtime has what a reference recorded. `observed`: a value of one reading of the inputs, by the names of
 * observe.ts. `perDepth`: such values, those of each depth together; `slices`: those of each depth from a reading of its
 * own. `derived`: of such values. `generated`: logits of a greedy answer. `none`: nothing; says why. `reading`: default
 * PLAIN.
 */
export type Source =
  | { kind: 'observed'; name: string; reading?: string }
  | { kind: 'perDepth'; name: (depth: number) => string; reading?: string }
  | { kind: 'slices'; name: string; reading: (depth: number) => string }
  | { kind: 'derived'; of: (value: (name: string) => Float32Array, plan: Plan) => Float32Array; reading?: string }
  | { kind: 'generated'; call: string; reading?: string }
  | { kind: 'none'; why: string }

/**
 * What a result in reference.json stands for. `ids`: a greedy answer; `kvRows`: rows in the KV cache of each layer;
 * `seen`: what holds of the inputs as they were read; `answered`: of the answer to the input of the fact's index;
 * `figures`: numbers, in the order in which they stand there; `answeredFigures`: of that answer; `chat`: what was said, and
 * its ids, from which the answers of this call and index begin.
 */
export type Fact =
  | { kind: 'ids'; reading?: string }
  | { kind: 'kvRows'; reading?: string }
  | { kind: 'chat'; reading?: string }
  | { kind: 'seen'; holds: (seen: readonly Observed[], fact: RecordedFact) => boolean; reading?: string }
  | {
      kind: 'figures'
      of: (seen: readonly Observed[], fact: RecordedFact) => ArrayLike<number> | Figures | undefined
      reading?: string
    }
  | { kind: 'answered'; holds: (answered: Answered, fact: RecordedFact) => boolean; reading?: string }
  | { kind: 'answeredFigures'; of: (answered: Answered, fact: RecordedFact) => Figures; reading?: string }
  | { kind: 'none'; why: string }

/** Numbers beside those of the recorded ones that they stand for, where the runtime does not compute all. */
export interface Figures {
  computed: readonly number[]
  recorded: readonly number[]
}

/** One family's recordings: what each tensor and each result stands for in the runtime. */
export interface Table {
  /**
   * Default: true. Whether anything is recorded inside graphs or behind every visit, for which there are taps and K/V and
   * states lie where they can be read.
   */
  taps?: false
  /** By name, beside PLAIN. */
  readings?: (fixture: Fixture) => Readonly<Record<string, Reading>>
  tensors: readonly (readonly [name: RegExp, source: (match: RegExpExecArray) => Source])[]
  /** Results by their place in reference.json, indices left out. */
  facts: readonly (readonly [place: RegExp, fact: Fact | ((match: RegExpExecArray) => Fact)])[]
}

export const observed = (name: string, reading = PLAIN): Source => ({ kind: 'observed', name, reading })
export const none = (why: string): { kind: 'none'; why: string } => ({ kind: 'none', why })

/** Figures that say how good the recording itself is. */
export const OWN_CHECKS = none('says how well the reference agrees with itself, not what the model computes')
