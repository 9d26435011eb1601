import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../../../models/plan/plan.ts'
import { STATE } from '../../../../models/plan/visit.ts'
import type { PassOptions } from '../../../engine/passes/forward.ts'
import type { Fixture } from '../fixture.ts'
import type { Answered, Observed } from '../observe.ts'
import type { Reading, Source, Table } from './table.ts'
import { none, observed, OWN_CHECKS } from './table.ts'

/**
 * Huginn: see README-looped.md of the recordings. Every call is a reading of its own, with the recorded first states. In
 * adaptive generation the reference decides for all tokens of a prompt at once; in its adaptive forward pass, token by
 * token, each stops for itself, as in the app.
 */
export const huginn: Table = {
  readings: (fixture) => ({
    ...Object.fromEntries(Object.entries(callsOf(fixture)).flatMap(([key, call]) => readingOf(key, call, fixture))),
  }),
  tensors: [
    [/^prelude_output$/, () => observed('register.embedded', FOUR)],
    [/^states_after_step$/, () => ({ kind: 'perDepth', name: (k) => `stream.${k + 1}`, reading: FOUR })],
    [/^logits_steps(\d+)$/, ([, n]) => observed('logits', `forward_steps${n}`)],
    [/^latent_steps(\d+)$/, ([, n]) => derived(`forward_steps${n}`, latent)],
    [/^logits_zero_state_steps\d+$/, () => observed('logits', 'zero_state')],
    [/^(forward_adaptive.*)\.logits$/, ([, call]) => observed('logits', call)],
    [/^(.+)\.logits$/, ([, call]) => ({ kind: 'generated', call: call!, reading: call! })],
    [/^init_states$/, () => none('is what the states begin with, and so is read, not computed')],
  ],
  facts: [
    [
      /^calls\.(forward_adaptive.*)\.sequences\.steps$/,
      ([, call]) => ({
        kind: 'seen',
        holds: (rows, { index, value }) => isDeepStrictEqual([...rows[index]!.values.get('depth')!], value),
        reading: call!,
      }),
    ],
    [
      /^calls\.(forward_adaptive.*)\.sequences\.exit_values$/,
      ([, call]) => ({ kind: 'figures', of: (rows, { index }) => exitValues(rows[index]!), reading: call! }),
    ],
    [/^calls\.(.+)\.sequences\.generated$/, ([, call]) => ({ kind: 'ids', reading: call! })],
    [
      /^calls\.(.+)\.sequences\.steps$/,
      ([, call]) => ({
        kind: 'answered',
        holds: ({ depths }, { value }) => isDeepStrictEqual(depths, value),
        reading: call!,
      }),
    ],
    [
      /^calls\.(.+)\.sequences\.exit_values$/,
      ([, call]) => ({
        kind: 'answeredFigures',
        of: (answered, { value }) => askedValues(answered, value as number[][], call!),
        reading: call!,
      }),
    ],
    [
      /^calls\.(.+)\.sequences\.cache_entries_per_slot\.(-?\d+)$/,
      ([, call, slot]) => ({
        kind: 'answered',
        holds: ({ plan, kvWritten }, { value }) => kvWritten[Object.keys(plan.caches).indexOf(slot!)] === value,
        reading: call!,
      }),
    ],
    [/^observations\./, none('compares recordings with each other')],
    [/min_top2_margin$|max_abs_diff|min_rel_distance_to_threshold$/, OWN_CHECKS],
    [/\.sequences\.sequence$/, none('is an index')],
    [
      /\.(num_steps|max_steps|criterion|exit_threshold|cache_lookup_strategy|continuous_compute)$/,
      none('says how it was run'),
    ],
  ],
}

/** Four steps for all, without exits: visit 0 is the prelude, visit r step r. */
const FOUR = 'forward_steps4'

interface Call {
  num_steps?: number
  max_steps?: number
  criterion?: string | null
  exit_threshold?: number | null
  cache_lookup_strategy?: string
  continuous_compute?: boolean
}

function callsOf({ reference }: Fixture): Record<string, Call> {
  return reference.calls as Record<string, Call>
}

function readingOf(key: string, call: Call, fixture: Fixture): [string, Reading][] {
  const steps = call.max_steps ?? call.num_steps
  if (steps === undefined) return []
  const settings = {
    num_steps: steps,
    criterion: call.criterion ?? null,
    exit_threshold: call.exit_threshold ?? 'auto',
    cache_lookup_strategy: call.cache_lookup_strategy ?? 'full',
    continuous_compute: call.continuous_compute ?? false,
    ...(key === 'zero_state' && { init_scale: 0 }),
  }
  const whole = call.criterion != null && !key.startsWith('forward_adaptive')
  const together = byStates(call.criterion ?? '') ? 'mean' : 'last'
  const initial = key === 'zero_state' ? {} : recordedStates(fixture)
  return [
    [
      key,
      {
        settings,
        options: (input) => ({ ...(whole && { together }), ...(initial[input] && { initial: initial[input] }) }),
      },
    ],
  ]
}

/** Per input: the recorded first states, by position. */
function recordedStates({ tensors }: Fixture): Record<number, NonNullable<PassOptions['initial']>> {
  const recorded = tensors.find(({ name }) => name === 'init_states')
  if (!recorded) return {}
  const [inputs, positions, width] = recorded.shape as [number, number, number]
  const of =
    (input: number): NonNullable<PassOptions['initial']> =>
    (register, position) => {
      if (register !== STATE || position >= positions) return null
      const start = (input * positions + position) * width
      return recorded.values.subarray(start, start + width)
    }
  return Object.fromEntries(Array.from({ length: inputs }, (_, input) => [input, of(input)]))
}

function derived(reading: string, of: (value: (name: string) => Float32Array, plan: Plan) => Float32Array): Source {
  return { kind: 'derived', of, reading }
}

function latent(value: (name: string) => Float32Array, plan: Plan): Float32Array {
  return value(`out.${plan.visits.length - 1}.latent`)
}

/** Of every token, the value of every step that it took. A visit of the core is followed by one that checks, or checks itself. */
function exitValues({ values, plan }: Observed): number[] {
  const checks = plan.visits.flatMap((visit, i) => ('score' in visit.keeps ? [i] : []))
  return [...values.get('depth')!].flatMap((depth, token) =>
    checks.slice(0, depth).map((visit) => values.get(`out.${visit}.score`)![token]!),
  )
}

/**
 * The values that decided about every token of an answer. Behind the last possible step nothing is decided, and where
 * they would need logits, none are computed.
 */
function askedValues(
  { scores, registers }: Answered,
  recorded: readonly (readonly number[])[],
  call: string,
): { computed: number[]; recorded: number[] } {
  const sign = call.includes('argmax') ? -1 : 1
  const computed = scores.map((asked, token) => {
    if (asked.length === recorded[token]!.length || !byStates(call)) return asked
    const last = registers[token]!('score')
    return [...asked, last.reduce((sum, score) => sum + score, 0) / last.length]
  })
  return {
    computed: computed.flat().map((score) => sign * score),
    recorded: recorded.flatMap((values, token) =>
      values.slice(0, Math.max(computed[token]!.length, values.length - 1)),
    ),
  }
}

function byStates(name: string): boolean {
  return /latent-diff|cosine/.test(name)
}
