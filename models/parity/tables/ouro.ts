import { isDeepStrictEqual } from 'node:util'
import type { Fixture } from '../fixture.ts'
import type { Observed } from '../observe.ts'
import type { Reading } from '../reading.ts'
import type { Table } from './table.ts'
import { none, observed, OWN_CHECKS } from './table.ts'

/**
 * Ouro: see README-looped.md of the recordings. The reference computes all steps for all tokens and picks the one that is
 * read, so the runtime does so too (`exit_computes_all`), except where all tokens leave behind one step.
 */
export const ouro: Table = {
  readings: (fixture) => ({
    plain: { settings: { exit_computes_all: true } },
    [MEAN]: { settings: { early_exit_step: null, early_exit_threshold: null, use_weighted_exit: true } },
    ...Object.fromEntries(namedIn(fixture, /(?:_q|q_exit_)(\d+(?:\.\d+)?)/).map((q) => [atQ(q), quantile(q)])),
    ...Object.fromEntries(stepsOf(fixture).map((k) => [atStep(k), { settings: { early_exit_step: k } }])),
  }),
  tensors: [
    [/^logits$/, () => observed('logits')],
    [/^hidden_per_step$/, () => ({ kind: 'perDepth', name: (k) => `state.${1 + k}`, reading: MEAN })],
    [/^gate_logits$/, () => ({ kind: 'perDepth', name: (k) => `out.${1 + k}.tap.gate`, reading: MEAN })],
    [/^gate_lambda$/, () => ({ kind: 'perDepth', name: (k) => `out.${1 + k}.tap.lambda`, reading: MEAN })],
    [/^logits_per_step$/, () => ({ kind: 'slices', name: 'logits', reading: atStep })],
    [/^exit_pdf$/, () => ({ kind: 'derived', of: shares, reading: MEAN })],
    [/^exit_cdf$/, () => ({ kind: 'derived', of: (value) => cumulated(shares(value), stepsIn(value)), reading: MEAN })],
    [/^exit_step_q(.+)$/, ([, q]) => ({ kind: 'derived', of: exitSteps, reading: atQ(q!) })],
    [/^logits_q(.+)$/, ([, q]) => observed('logits', atQ(q!))],
    [/^logits_weighted$/, () => observed('logits', MEAN)],
    [/^(generate.*)\.logits$/, ([, call]) => ({ kind: 'generated', call: call!, reading: readingOf(call!) })],
  ],
  facts: [
    [/^calls\.q_exit_(.+)\.exit_steps$/, ([, q]) => ({ kind: 'seen', holds: sameSteps, reading: atQ(q!) })],
    [/^calls\.(generate.*)\.sequences\.generated$/, ([, call]) => ({ kind: 'ids', reading: readingOf(call!) })],
    [
      /^calls\.(generate.*)\.sequences\.exit_steps$/,
      ([, call]) => ({
        kind: 'answered',
        holds: ({ visits }, { value }) => isDeepStrictEqual(visits.map(lastTaken), value),
        reading: readingOf(call!),
      }),
    ],
    [/min_top2_margin$|max_abs_diff|min_abs_cdf_minus_q$/, OWN_CHECKS],
    [/\.sequences\.sequence$/, none('is an index')],
  ],
}

/** All steps, read by their mean: visit 0 embeds, visit 1 + k is step k. */
const MEAN = 'mean of steps'

/** At a threshold: visit 1 + 2k is step k, and visit 2 + 2k takes its state if the token has not left before. */
const atQ = (q: string): string => `q ${q}`
const atStep = (k: number): string => `step ${k}`

function quantile(q: string): Reading {
  return { settings: { exit_computes_all: true, early_exit_step: null, early_exit_threshold: Number(q) } }
}

function readingOf(call: string): string {
  const q = /_q(\d.*)$/.exec(call)?.[1]
  const step = /_exit_at_step(\d+)$/.exec(call)?.[1]
  if (q !== undefined) return atQ(q)
  return step === undefined ? 'plain' : atStep(Number(step))
}

/** What a pattern finds in the names of everything recorded, each once. */
function namedIn({ tensors, facts }: Fixture, pattern: RegExp): string[] {
  const names = [...tensors.map(({ name }) => name), ...facts.map(({ place }) => place)]
  return [...new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? []))]
}

function stepsOf(fixture: Fixture): number[] {
  const depths = fixture.tensors.find(({ name }) => name === 'logits_per_step')?.shape[0] ?? 0
  const named = namedIn(fixture, /_exit_at_step(\d+)/).map(Number)
  return [...new Set([...Array(depths).keys(), ...named])]
}

type Values = (name: string) => Float32Array

function stepsIn(value: Values): number {
  let steps = 0
  while (value(`ran.${1 + steps}`).length > 0 && value(`out.${1 + steps}.share`).length > 0) steps++
  return steps
}

/** [tokens, steps] */
function shares(value: Values): Float32Array {
  const steps = stepsIn(value)
  const all = Array.from({ length: steps }, (_, k) => value(`out.${1 + k}.share`))
  return Float32Array.from({ length: steps * (all[0]?.length ?? 0) }, (_, i) => all[i % steps]![Math.floor(i / steps)]!)
}

function cumulated(rows: Float32Array, width: number): Float32Array {
  const sums = rows.slice()
  sums.forEach((value, i) => {
    if (i % width > 0) sums[i] = value + sums[i - 1]!
  })
  return sums
}

/** [tokens], counted from 0. */
function exitSteps(value: Values): Float32Array {
  const steps = value('ran.0').map(() => -1)
  for (let visit = 2; value(`ran.${visit}`).length > 0; visit += 2) {
    value(`ran.${visit}`).forEach((ran, token) => (steps[token]! += ran))
  }
  return steps
}

function lastTaken(visits: readonly number[]): number {
  return visits.filter((visit) => visit > 0 && visit % 2 === 0).length - 1
}

function sameSteps(rows: readonly Observed[], { value }: { value: unknown }): boolean {
  const steps = rows.map(({ values }) => [...exitSteps((name) => values.get(name) ?? new Float32Array(0))])
  return isDeepStrictEqual(steps, value)
}
