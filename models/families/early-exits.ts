import { stateChange } from '../graphs/convergence.ts'
import type { Target } from '../graphs/linear.ts'
import type { Matrix } from '../graphs/matrix.ts'
import type { Stage, StageLayer } from '../graphs/stage.ts'
import { buildStage } from '../graphs/stage.ts'
import { PORT } from '../plan/ports.ts'
import { clears, leave, ownCache, register, STATE, step, visit } from '../plan/visit.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './compiled.ts'
import { compiled } from './compiled.ts'
import { inconsistent } from './family.ts'
import type { LlamaShape } from './llama.ts'

/** A dense model, read. */
export interface DenseParts {
  table: Matrix
  layers: ((target: Target) => StageLayer)[]
  norm: Float32Array
  head: Matrix
}

/**
 * A dense model whose tokens may leave behind some layers, as those trained with LayerSkip (arXiv 2404.16710) do:
 *
 *     logits = head · rms_norm(x behind layer E)
 *
 * A token that leaves early has no K/V in the layers that it did not run, and later tokens do not see it there. Who goes on
 * is asked of how far the layers since the last exit turned the state, 1 − cos (hidden-state saturation, arXiv 2207.07061).
 * @param exits numbers of layers, rising
 * @throws DepthwiseError MODEL_CONFIG
 */
export async function compileExits(
  shape: LlamaShape,
  { table, layers, norm, head }: DenseParts,
  exits: readonly number[],
  writer: ModelWriter,
): Promise<Compiled> {
  const bounds = [0, ...exits, layers.length]
  if (bounds.some((bound, i) => i > 0 && bound <= bounds[i - 1]!)) {
    throw inconsistent('early_exits', `it must list numbers of layers, rising, between 1 and ${layers.length - 1}`)
  }
  const counts = exits.map((exit, k) => exit - bounds[k]!).concat(layers.length - exits.at(-1)!)
  const stages: Record<string, Stage> = { leave: { head: { norm, matrix: head } } }
  counts.forEach((_, k) => {
    stages[nameOf(k)] = {
      ...(k === 0 && { table }),
      layers: (target) => layers.slice(bounds[k], bounds[k + 1]).map((layer) => layer(target)),
      also: k < exits.length ? turnedBy : undefined,
    }
  })
  for (const [name, stage] of Object.entries(stages)) {
    await writer.graph(name, { shape }, (target) => {
      buildStage(target, shape, stage)
    })
  }
  const visits = counts.map((count, k) =>
    (k === 0 ? visit : step)(nameOf(k), {
      outputs: { [PORT.nextState]: STATE, ...(k < exits.length && { score: 'score' }) },
      cache: ownCache(nameOf(k), count),
      admission: k === 0 ? [] : [clears(k - 1, 'score')],
      refusal: 'tail',
      recursion: true,
      cost: count,
    }),
  )
  return compiled(shape, {
    maxDepth: counts.length,
    visits: [...visits, leave('leave')],
    registers: { score: register(1) },
    policy: { kind: 'calibration', thresholds: exits.length, otherwise: otherwise(exits, layers.length) },
    trained: false,
    explanation: `${shareOf(exits, layers.length)} What each exit costs was measured with texts (calibration.json).`,
  })
}

/** Below every score: as such models were made, all layers are run. */
const EVERYONE = -1

const nameOf = (k: number): string => (k === 0 ? 'enter' : `stage.${k}`)

function shareOf(exits: readonly number[], layers: number): string {
  const places = exits.length === 1 ? `layer ${exits[0]}` : `layers ${exits.join(', ')}`
  return `Share of layers ${exits[0]! + 1} to ${layers} that are run; tokens may leave behind ${places}.`
}

/** A budget is a greatest depth for all and a part of the next stage, for the tokens whose states turn most. */
function otherwise(exits: readonly number[], layers: number): { policy: Quantile; explanation: string } {
  return {
    policy: { kind: 'quantile', trained: exits.map(() => EVERYONE), capacities: exits.map(() => 1), deepening: true },
    explanation: `${shareOf(exits, layers)} Nobody measured what that costs: a model that was not trained for exits writes nonsense below 100 %.`,
  }
}

type Quantile = Extract<Compiled['policy'], { kind: 'quantile' }>

function turnedBy({ graph }: Target, state: string, from: string): void {
  graph.output(stateChange(graph, 'cosine', state, from), 'score', 'float32', ['S', 1])
}
