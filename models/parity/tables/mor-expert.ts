import { isDeepStrictEqual } from 'node:util'
import type { AdmissionRule } from '../../runtime/passes/admission.ts'
import type { Fixture } from '../fixture.ts'
import type { Observed } from '../observe.ts'
import { PLAIN } from '../reading.ts'
import { greatest } from '../rules.ts'
import { reaching, SETTING, streamBehind } from './mor.ts'
import type { Fact, Source, Table } from './table.ts'
import { none, observed, OWN_CHECKS } from './table.ts'

/** The authors' forward, which looks at a whole text to choose. */
const EVAL = 'eval'
const GATE_ALL = 'every recursion thresholded'

/**
 * Mixture-of-Recursions, expert choice: see README-mor.md of the recordings. Visit 0 enters and routes for recursion 1;
 * visit r is recursion r and routes for the next. What the model says of itself is the causal rule.
 */
export const morExpert: Table = {
  readings: (fixture) => ({
    [EVAL]: {
      settings: { threshold_every_recursion: true },
      options: (input) => ({ rule: topK(fixture, fixture.inputs[input]!.length) }),
      feedings: ['one pass'],
    },
    [GATE_ALL]: { settings: { threshold_every_recursion: true } },
  }),
  tensors: [
    [/^(logits|hidden\..+)$/, ([, name]) => source(name!, EVAL)],
    [/^causal\/(logits|hidden\..+)$/, ([, name]) => source(name!, PLAIN)],
    [/^causal\/gate_all\.(logits|hidden\..+)$/, ([, name]) => source(name!, GATE_ALL)],
  ],
  facts: [
    [/\.recursions\.(recursion|capacity|threshold_applied)$/, none(SETTING)],
    [/\.(min_[^.]+|checks\..+|vs_eval_logits_max_abs_diff)$/, OWN_CHECKS],
    [/^causal\w*\.(decision_logit|threshold|tensor_prefix)$/, none(SETTING)],
    [/^(\w+)\.recursions\.(\w+)$/, ([, call, name]) => ofRecursion(name!, readingOf(call!))],
    [/^(\w+)\.cache_length_per_unrolled_slot$/, ([, call]) => ({ kind: 'kvRows', reading: readingOf(call!) })],
  ],
}

function readingOf(call: string): string {
  return call === 'eval' ? EVAL : call === 'causal' ? PLAIN : GATE_ALL
}

function source(name: string, reading: string): Source {
  const recursion = /^hidden\.rec(\d+)$/.exec(name)?.[1]
  if (recursion !== undefined) return streamBehind(Number(recursion), reading)
  if (name === 'hidden.first') return observed('state.0', reading)
  return observed(name.replace('hidden.', ''), reading)
}

/** What was recorded of recursion `index` + 1, per input. */
function ofRecursion(name: string, reading: string): Fact {
  switch (name) {
    case 'candidates':
      return { kind: 'seen', holds: (rows, { index, value }) => isDeepStrictEqual(tokens(rows, index), value), reading }
    case 'selected':
      return {
        kind: 'seen',
        holds: (rows, { index, value }) => isDeepStrictEqual(tokens(rows, index + 1), value),
        reading,
      }
    case 'top_k':
      return {
        kind: 'seen',
        holds: (rows, { index, value }) => tokens(rows, index + 1).every(({ length }) => length === value),
        reading,
      }
    case 'router_logits':
      return { kind: 'figures', of: (rows, { index }) => values(rows, `out.${index}.logit`, index), reading }
    case 'decision_logits':
      return { kind: 'figures', of: (rows, { index }) => values(rows, `out.${index}.decision`, index), reading }
    case 'router_scores':
      return { kind: 'figures', of: (rows, { index }) => values(rows, `out.${index}.tap.score`, index), reading }
    case 'selected_weights':
      return { kind: 'figures', of: (rows, { index }) => values(rows, `out.${index}.tap.weight`, index + 1), reading }
    default:
      return none('nothing says what it stands for in the runtime')
  }
}

function tokens(rows: readonly Observed[], recursions: number): number[][] {
  return rows.map((row) => reaching(row.values.get('depth')!, recursions))
}

/** Of the tokens that ran at least so many recursions. */
function values(rows: readonly Observed[], name: string, recursions: number): number[] {
  return tokens(rows, recursions).flatMap((chosen, input) =>
    chosen.map((token) => rows[input]!.values.get(name)?.[token] ?? NaN),
  )
}

/** The k candidates with the greatest weights, k by the length of the text. Weights rise with the logits. */
function topK({ facts }: Fixture, length: number): AdmissionRule {
  const capacities = facts
    .filter(({ place }) => place === 'eval.recursions.capacity')
    .map(({ value }) => value as number)
  return greatest('logit', (_, threshold) => capacities[threshold]! * length)
}
