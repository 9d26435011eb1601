import { PORT } from '../../plan/ports.ts'
import { comparesStates, memoryOf } from '../../graphs/convergence.ts'
import type { Plan, Register, Visit } from '../../plan/plan.ts'
import { clears, leave, register, STATE, step, visit } from '../../plan/visit.ts'
import { HuginnCaches } from './cache.ts'
import type { Exit, HuginnConfig } from './config.ts'

const EMBEDDED = 'embedded'
/** The state that the last check saw. */
const CHECKED = 'checked'
const LATENT = 'latent'

/** Whether logits are needed at every step that is checked. */
function speaks(exit: Exit | null): boolean {
  return exit !== null && !comparesStates(exit.criterion)
}

/** Whether steps go by without a check, so that the state of the last one has to be remembered. */
export function skipsChecks(exit: Exit | null): boolean {
  return exit !== null && comparesStates(exit.criterion) && exit.checked.includes(false)
}

/** Checks behind which a token may go on. */
export function thresholdsOf({ checked }: Exit): number {
  return checked.slice(0, -1).filter(Boolean).length
}

/** @throws DepthwiseError MODEL_UNSUPPORTED */
export function recurrentVisits(config: HuginnConfig): Visit[] {
  const { exit, steps, n_layers_in_coda: coda } = config
  const caches = new HuginnCaches(config)
  const visits = [
    visit('enter', { outputs: { embedded: EMBEDDED }, cache: caches.prelude(), cost: config.n_layers_in_prelude }),
  ]
  let checks = 0
  for (let r = 0; r < steps; r++) {
    const isChecked = exit?.checked[r] ?? false
    // behind the last step there is nothing to decide
    const looks = isChecked && speaks(exit) && r < steps - 1
    visits.push(
      step('core', {
        ...stateMoves(exit, isChecked),
        cache: caches.core(r),
        // where a step went by without a check, the score of the one before still stands
        admission: checks > 0 ? [clears(checks - 1, 'score')] : [],
        refusal: 'tail',
        recursion: true,
        cost: config.n_layers_in_recurrent_block + (looks ? coda : 0),
      }),
    )
    if (looks) {
      visits.push(
        step('check', {
          inputs: { [PORT.state]: STATE, memory: 'memory' },
          outputs: { score: 'score', next_memory: 'memory' },
          cache: caches.coda('transient'),
        }),
      )
    }
    if (isChecked) checks++
  }
  const latent = carriesLatent(config) ? { latent: LATENT } : {}
  return [...visits, leave('leave', { outputs: latent, cache: caches.coda('append'), cost: coda })]
}

/** One by one where a row is shown what others end with: what they say, or their deepest or latest keys and values. */
export function readsPrompts(config: HuginnConfig): Plan['prompts'] {
  return speaks(config.exit) || new HuginnCaches(config).isSequential ? 'tokens' : 'chunks'
}

function stateMoves(exit: Exit | null, checked: boolean): Pick<Visit, 'inputs' | 'outputs'> {
  const inputs = { [PORT.state]: STATE, embedded: EMBEDDED }
  if (!exit || speaks(exit)) return { inputs, outputs: { [PORT.nextState]: STATE } }
  const skips = skipsChecks(exit)
  return {
    inputs: { ...inputs, ...(skips && { checked: CHECKED }) },
    outputs: { [PORT.nextState]: STATE, ...(checked && { score: 'score', ...(skips && { next_checked: CHECKED }) }) },
  }
}

export function recurrentRegisters(config: HuginnConfig): Plan['registers'] {
  const { n_embd: width, exit, vocabulary } = config
  const state = stateRegister(config)
  const memory = exit && speaks(exit) ? memoryOf(exit.criterion, vocabulary) : null
  return {
    [STATE]: state,
    [EMBEDDED]: register(width),
    ...(exit && { score: register(1) }),
    // the same draws for the same position: the first check is against the first state
    ...(skipsChecks(exit) && { [CHECKED]: state }),
    ...(memory && { memory: register(memory.width, memory.initial) }),
    ...(carriesLatent(config) && { [LATENT]: register(width) }),
  }
}

function stateRegister(config: HuginnConfig): Register {
  const { n_embd: width, deviation, continuous_compute: continuous } = config
  return {
    width,
    initial: deviation === 0 ? { kind: 'value', value: 0 } : { kind: 'normal', deviation, cut: 3 },
    carries: !continuous ? null : carriesLatent(config) ? LATENT : STATE,
  }
}

/** The authors' plain generation goes on from the normed state, the one with a criterion from the state itself. */
function carriesLatent({ continuous_compute: continuous, criterion }: HuginnConfig): boolean {
  return continuous && criterion === null
}
