import { PORT } from '../../plan/ports.ts'
import type { Plan, Visit } from '../../plan/plan.ts'
import { clears, leave, ownCache, register, slots, STATE, step, visit } from '../../plan/visit.ts'
import type { Own } from '../compiled.ts'

/** One way of running Ouro's steps. */
export interface OuroVisits extends Omit<Own, 'registers'> {
  /** For so many hidden dimensions; beside the state. */
  registers: (hidden: number) => Plan['registers']
  /** Whether the steps' states are mixed; else their exit probabilities become scores. */
  mixes: boolean
}

type Fields = Parameters<typeof step>[1]

/** Step k of a run over all layers. */
function oneStep(k: number, layers: number, score: (k: number) => string, fields: Fields = {}): Visit {
  return step('step', {
    inputs: { [PORT.state]: STATE, survival: 'survival', score: score(k) },
    outputs: { [PORT.nextState]: STATE, next_survival: 'survival', next_score: score(k + 1) },
    cache: ownCache(`step.${k}`, layers),
    recursion: true,
    cost: layers,
    ...fields,
  })
}

/** Minus a probability that no gate cumulates before the last step; just below 1, as published thresholds of 1 come to. */
const CERTAIN = -0.999999

const count = (steps: number): number[] => Array.from({ length: steps }, (_, k) => k)

const gated = (): Plan['registers'] => ({
  survival: register(1, 1),
  score: register(1),
})

/** Every token runs `steps` of the `trained` steps. */
export function fixedVisits(layers: number, steps: number, trained: number): OuroVisits {
  const all = steps === trained ? `all ${steps} steps` : `${steps} of ${trained} steps`
  return {
    visits: [visit('enter'), ...count(steps).map((k) => oneStep(k, layers, () => 'score')), leave('leave')],
    registers: gated,
    maxDepth: steps,
    mixes: false,
    explanation: `Every token runs ${all}, as the model's configuration says.`,
  }
}

/**
 * A token goes on to the next step while its score is at least `least`, or what a budget makes of it; then its later
 * steps are not computed. What others see of it there: by `missing`.
 */
export function exitingVisits(layers: number, steps: number, least: number, missing: 'latest' | 'own'): OuroVisits {
  const all = count(steps).map((k) =>
    oneStep(k, layers, () => 'score', {
      admission: k === 0 ? [] : [clears(k - 1, 'score')],
      refusal: 'tail',
      cache: {
        ...ownCache(`step.${k}`, layers),
        missing: k > 0 && missing === 'latest' ? slots(`step.${k - 1}`, layers) : null,
      },
    }),
  )
  return {
    visits: [visit('enter'), ...all, leave('leave')],
    registers: gated,
    maxDepth: steps,
    mixes: false,
    policy: { kind: 'exit', count: steps - 1, trained: least },
    explanation:
      `Share of steps 2 to ${steps} that are run; the model's own exit gate says which tokens leave earlier. ` +
      'It was trained with such exits, but not for a budget: with few steps its answers get much worse.' +
      (least <= CERTAIN ? ' At the threshold that its makers publish, no token leaves early.' : ''),
  }
}

/**
 * As the authors' code has it: all steps for all tokens, and what is read is the state of the step that a token would
 * have left behind.
 */
export function readingVisits(layers: number, steps: number, least: number): OuroVisits {
  const score = (k: number): string => `score.${k}`
  const take = (k: number): Visit =>
    step('take', {
      outputs: { taken: 'output' },
      admission: k === 0 ? [] : [{ register: score(k), column: 0, atLeast: least }],
    })
  return {
    visits: [
      visit('enter'),
      ...count(steps).flatMap((k) => [oneStep(k, layers, score), take(k)]),
      leave('leave', { inputs: { state: 'output' } }),
    ],
    registers: (hidden) => ({
      output: register(hidden),
      survival: register(1, 1),
      ...Object.fromEntries(count(steps + 1).map((k) => [score(k), register(1)])),
    }),
    maxDepth: steps,
    mixes: false,
    explanation: `Every token runs all ${steps} steps; its exit only picks the step that is read (exit_computes_all).`,
  }
}

/** All steps for all tokens; what is read is the mean of their states by the exit distribution. The head is linear. */
export function mixingVisits(layers: number, steps: number): OuroVisits {
  const all = count(steps).map((k) =>
    oneStep(k, layers, () => '', {
      constants: { last: `last.${k === steps - 1 ? 1 : 0}` },
      inputs: { [PORT.state]: STATE, survival: 'survival', mixture: 'mixture' },
      outputs: { [PORT.nextState]: STATE, next_survival: 'survival', next_mixture: 'mixture' },
    }),
  )
  return {
    visits: [visit('enter'), ...all, leave('leave', { inputs: { state: 'mixture' } })],
    registers: (hidden) => ({
      mixture: register(hidden),
      survival: register(1, 1),
    }),
    maxDepth: steps,
    mixes: true,
    explanation: `Every token runs all ${steps} steps: the mean over all of them is read (use_weighted_exit).`,
  }
}
