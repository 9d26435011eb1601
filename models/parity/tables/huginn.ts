import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../plan/plan.ts'
import { STATE } from '../../plan/visit.ts'
import type { PassOptions } from '../../runtime/passes/forward.ts'
import type { Fixture, RecordedFact } from '../fixture.ts'
import type { Answered, Observed } from '../observe.ts'
import type { Reading } from '../reading.ts'
import { together } from '../rules.ts'
import type { Figures, Source, Table } from './table.ts'
import { none, observed, OWN_CHECKS } from './table.ts'

/**
 * Huginn: see README-looped.md of the recordings. Every call is a reading of its own, with the recorded first states. In
 * adaptive generation the reference decides for all tokens of a prompt at once; in its adaptive forward pass, token by
 * token, each stops for itself, as in the app.
 */
export const huginn: Table = {
  readings: (fixture) => ({
    ...Object.fromEntries(Object.entries(callsOf(fixture)).flatMap(([key, call]) => readingOf(key, call, fixture))),
    ...statesOf(fixture),
  }),
  tensors: [
    [/^prelude_output$/, () => observed('register.embedded', STATES)],
    [/^states_after_step$/, () => ({ kind: 'perDepth', name: (k) => `stream.${k + 1}`, reading: STATES })],
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
      ([, call]) => ({ kind: 'figures', of: exitValues, reading: call! }),
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
        of: (answered, { value }) => askedValues(answered, value as number[][]),
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
      /\.(num_steps|max_steps|criterion|exit_threshold|cache_lookup_strategy|continuous_compute|init_scale|min_steps|check_criterion_every_n_steps)$/,
      none('says how it was run'),
    ],
  ],
}

/** Steps for all, without exits: visit 0 is the prelude, visit r step r. */
const STATES = 'states'

function statesOf(fixture: Fixture): Record<string, Reading> {
  const states = fixture.tensors.find(({ name }) => name === 'states_after_step')
  return Object.fromEntries(readingOf(STATES, { num_steps: states?.shape[0] ?? 1 }, fixture))
}

interface Call {
  num_steps?: number
  max_steps?: number
  criterion?: string | null
  exit_threshold?: number | null
  cache_lookup_strategy?: string
  continuous_compute?: boolean
  init_scale?: number
  min_steps?: number
  check_criterion_every_n_steps?: number
}

function callsOf({ reference }: Fixture): Record<string, Call> {
  return reference.calls as Record<string, Call>
}

function readingOf(key: string, call: Call, fixture: Fixture): [string, Reading][] {
  const steps = call.max_steps ?? call.num_steps
  if (steps === undefined) return []
  const { init_scale, min_steps, check_criterion_every_n_steps } = call
  const settings = {
    num_steps: steps,
    criterion: call.criterion ?? null,
    exit_threshold: call.exit_threshold ?? 'auto',
    cache_lookup_strategy: call.cache_lookup_strategy ?? 'full',
    continuous_compute: call.continuous_compute ?? false,
    ...Object.fromEntries(
      Object.entries({ init_scale, min_steps, check_criterion_every_n_steps }).filter(([, value]) => value != null),
    ),
    ...(key === 'zero_state' && { init_scale: 0 }),
  }
  const isForward = key.startsWith('forward_adaptive')
  const whole = call.criterion != null && !isForward
  // there a token is shown what those before it end with
  const isSequential = /always-last|compress/.test(settings.cache_lookup_strategy) || !byStates(call.criterion ?? '')
  const rule = together(byStates(call.criterion ?? '') ? 'mean' : 'last')
  const initial = key === 'zero_state' ? {} : recordedStates(fixture)
  return [
    [
      key,
      {
        settings,
        options: (input) => ({ ...(whole && { rule }), ...(initial[input] && { initial: initial[input] }) }),
        ...(isForward && isSequential && { feedings: ['token by token'] as const }),
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
      if ((register !== STATE && register !== 'checked') || position >= positions) return null
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

/** Of every token of the input, the values of the steps that were checked. */
function exitValues(rows: readonly Observed[], { index, value }: RecordedFact): Figures {
  const { values, plan } = rows[index]!
  const checks = plan.visits.flatMap((visit, i) => ('score' in visit.outputs ? [i] : []))
  const scores = Array.from(values.get('depth')!, (_, token) =>
    checks
      .filter((visit) => values.get(`ran.${visit}`)?.[token] === 1)
      .map((visit) => values.get(`out.${visit}.score`)![token]!),
  )
  return beside(plan, scores, value as number[][])
}

/** Of every token of an answer, the values that decided about it. */
function askedValues({ scores, registers, plan }: Answered, recorded: readonly (readonly number[])[]): Figures {
  const all = scores.map((asked, token) => {
    if (asked.length === recorded[token]!.length || needsLogits(plan)) return asked
    const last = registers[token]!('score')
    return [...asked, last.reduce((sum, score) => sum + score, 0) / last.length]
  })
  return beside(plan, all, recorded)
}

/** Behind the last possible step nothing is decided: where the value would need logits, there is none. */
function beside(plan: Plan, scores: readonly number[][], recorded: readonly (readonly number[])[]): Figures {
  // the scores of argmax-stability are minus the counts
  const sign = plan.registers.memory?.width === 2 ? -1 : 1
  const asked = (token: number, { length }: readonly number[]): number =>
    needsLogits(plan) && scores[token]!.length === length - 1 ? length - 1 : length
  return {
    computed: scores.flat().map((score) => sign * score),
    recorded: recorded.flatMap((values, token) => values.slice(0, asked(token, values))),
  }
}

function needsLogits({ forms }: Plan): boolean {
  return 'check' in forms.host
}

function byStates(name: string): boolean {
  return /latent-diff|cosine/.test(name)
}
