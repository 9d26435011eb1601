import { PORT } from '../../plan/ports.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../plan/plan.ts'
import { thresholdCount } from '../../plan/threshold-count.ts'
import { admitAll, thresholdsOf } from '../../runtime/budget/thresholds.ts'
import type { Fixture } from '../fixture.ts'
import type { Reading } from '../reading.ts'
import type { Source, Table } from './table.ts'
import { observed } from './table.ts'

/** Every token runs every recursion. */
const FULL = 'full depth'
/** `depth_N`: every token runs N recursions; `budget_B`: the calibrated thresholds of a share, 0 to 1. */
const SETTING = /(depth_\d+|budget_\d+(?:\.\d+)?)(?:\.sequences|$)/

/**
 * Elastic Mixture-of-Recursions, the built-in kind: see models/training/record.py. A recursion gives out the score of
 * the router of the next.
 */
export const elasticMor: Table = {
  taps: false,
  readings: (fixture) => ({
    [FULL]: { thresholds: ({ policy }) => admitAll(policy) },
    ...Object.fromEntries(settingsIn(fixture).map((setting) => [setting, readingOf(setting)])),
  }),
  tensors: [
    [/^logits\.(.+)$/, ([, setting]) => observed('logits', setting)],
    [/^depth\.(.+)$/, ([, setting]) => observed('depth', setting)],
    [/^hidden_state\.(\d+)$/, ([, r]) => behind(Number(r), PORT.nextState, (states) => states)],
    [/^router_score\.(\d+)$/, ([, r]) => behind(Number(r) - 1, 'scores', columnOf(Number(r) - 2))],
  ],
  facts: [
    [/^calls\.(.+)\.sequences\.prompt$/, ([, setting]) => ({ kind: 'chat', reading: setting! })],
    [/^calls\.(.+)\.sequences\.generated$/, ([, setting]) => ({ kind: 'ids', reading: setting! })],
    [
      /^calls\.(.+)\.sequences\.depths$/,
      ([, setting]) => ({
        kind: 'answered',
        holds: ({ depths }, { value }) => isDeepStrictEqual(depths, value),
        reading: setting!,
      }),
    ],
  ],
}

function settingsIn({ tensors, facts }: Fixture): string[] {
  const names = [...tensors.map(({ name }) => name), ...facts.map(({ place }) => place)]
  return [...new Set(names.flatMap((name) => SETTING.exec(name)?.[1] ?? []))]
}

function readingOf(setting: string): Reading {
  const [kind, value] = setting.split('_') as ['depth' | 'budget', string]
  return {
    thresholds: ({ policy }) =>
      kind === 'budget'
        ? thresholdsOf(policy, Number(value))
        : Array.from({ length: thresholdCount(policy) }, (_, j) => (j < Number(value) - 1 ? -Infinity : Infinity)),
  }
}

/** What recursion `r`, from 1, gives out. */
function behind(r: number, output: string, part: (values: Float32Array, tokens: number) => Float32Array): Source {
  return {
    kind: 'derived',
    reading: FULL,
    of: (value, plan) => part(value(`out.${recursionVisits(plan)[r - 1]}.${output}`), value('depth').length),
  }
}

/** Scores [tokens, routers] of which one is asked, or those [tokens] of the one router that is there. */
function columnOf(router: number): (scores: Float32Array, tokens: number) => Float32Array {
  return (scores, tokens) => {
    const width = scores.length / tokens
    return width === 1 ? scores : Float32Array.from({ length: tokens }, (_, t) => scores[t * width + router]!)
  }
}

function recursionVisits({ visits }: Plan): number[] {
  return visits.flatMap(({ recursion }, index) => (recursion ? [index] : []))
}
