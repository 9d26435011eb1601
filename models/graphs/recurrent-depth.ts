import { PORT } from '../plan/ports.ts'
import type { AttentionContext, KeyValue } from './attention.ts'
import type { Criterion } from './convergence.ts'
import { comparesStates, memoryOf, outputChange, stateChange } from './convergence.ts'
import type { Target } from './linear.ts'
import { embedding, linear } from './linear.ts'
import type { Matrix } from './matrix.ts'
import { rmsNorm, settled } from './norm.ts'
import type { RecurrentBlock } from './recurrent-block.ts'
import { recurrentBlock } from './recurrent-block.ts'
import { giveReached } from './resident-attention.ts'
import type { StageLayer, StageShape } from './stage.ts'
import { attentionInputs, giveKv, layerCache, layers } from './stage.ts'

/** Blocks that follow each other: Huginn's own, or the layers of the dense model that it was made of. */
export type Blocks = readonly RecurrentBlock[] | ((target: Target) => StageLayer[])

/** The weights of a model of recurrent depth (Huginn, arXiv 2502.05171; of a dense model, arXiv 2511.07384). */
export interface RecurrentModel {
  table: Matrix
  /** What the table's rows are multiplied by. */
  scale: number
  prelude: Blocks
  /** [D, 2 · D], on the state and the embedding. */
  adapter: Matrix
  /** [D] */
  adapterBias: Float32Array | null
  core: Blocks
  coda: Blocks
  /** [D], behind the coda. */
  finalNorm: Float32Array
  /** Whether it stands before the coda too. */
  closesSteps: boolean
  head: Matrix
}

/** When a token may stop. `skips`: not every step is checked, so the state of the last check comes in and goes out as `checked`. */
export interface Checks {
  criterion: Criterion
  skips: boolean
}

/**
 * Its graphs: `enter` (out: `embedded`), `core` (in: `state`, `embedded`; out: `next_state` and, for an exit by states,
 * `score` [S, 1]), `check` for an exit by logits (in: `state`, `memory`; out: `score`, `next_memory`), `leave` (out: `logits`
 * and `latent`, what the coda begins with).
 */
export function recurrentGraphs(
  shape: StageShape,
  model: RecurrentModel,
  checks: Checks | null,
): Record<string, (target: Target) => void> {
  const graphs = new RecurrentGraphs(shape, model)
  const byStates = checks && comparesStates(checks.criterion) ? checks : null
  return {
    enter: (target) => {
      graphs.enter(target)
    },
    core: (target) => {
      graphs.core(target, byStates)
    },
    ...(checks &&
      !byStates && {
        check: (target: Target): void => {
          graphs.check(target, checks.criterion)
        },
      }),
    leave: (target) => {
      graphs.leave(target)
    },
  }
}

class RecurrentGraphs {
  private readonly shape: StageShape
  private readonly model: RecurrentModel
  private readonly wide: readonly ['S', number]

  constructor(shape: StageShape, model: RecurrentModel) {
    this.shape = shape
    this.model = model
    this.wide = ['S', shape.hiddenSize]
  }

  enter(target: Target): void {
    const { graph } = target
    const rows = embedding(target, graph.input(PORT.ids, 'int64', ['S']), this.model.table)
    const scale = graph.floats('embedding_scale', [1], Float32Array.of(this.model.scale))
    const state = this.run(target, graph.node('Mul', [rows, scale]), this.model.prelude, true)
    graph.output(state, 'embedded', 'float32', this.wide)
  }

  core(target: Target, checks: Checks | null): void {
    const { graph } = target
    const before = graph.input(PORT.state, 'float32', this.wide)
    const embedded = graph.input('embedded', 'float32', this.wide)
    const both = graph.node('Concat', [before, embedded], { attributes: { axis: { int: 1 } } })
    const { adapter, adapterBias: bias } = this.model
    const product = linear(target, both, adapter)
    const adapted = bias ? graph.node('Add', [product, graph.floats('adapter.bias', [bias.length], bias)]) : product
    const state = this.run(target, adapted, this.model.core)
    graph.output(state, PORT.nextState, 'float32', this.wide)
    if (!checks) return
    const checked = checks.skips ? graph.input('checked', 'float32', this.wide) : before
    graph.output(stateChange(graph, checks.criterion, state, checked), 'score', 'float32', ['S', 1])
    if (checks.skips) graph.output(state, 'next_checked', 'float32', this.wide)
  }

  /** What would be said now, and how far that is from what would have been said a step before. */
  check(target: Target, criterion: Criterion): void {
    const { graph } = target
    const { head } = this.model
    const logits = linear(target, this.speak(target, false), head)
    const wide = ['S', memoryOf(criterion, head.rows).width] as const
    const change = outputChange(graph, criterion, logits, graph.input('memory', 'float32', wide), head.rows)
    graph.output(change.score, 'score', 'float32', ['S', 1])
    graph.output(change.memory, 'next_memory', 'float32', wide)
  }

  leave(target: Target): void {
    const { graph } = target
    const spoken = this.speak(target, true)
    const wanted = graph.node('Gather', [spoken, graph.input(PORT.outputRows, 'int64', ['N'])])
    graph.output(linear(target, wanted, this.model.head), PORT.logits, 'float32', ['N', this.model.head.rows])
  }

  /** The coda and the final norm behind it, perhaps before it too. @param last whether the token takes no further step */
  private speak(target: Target, last: boolean): string {
    const { graph } = target
    const state = graph.input(PORT.state, 'float32', this.wide)
    const latent = this.model.closesSteps ? this.closed(target, state) : graph.node('Identity', [state])
    if (last) graph.output(latent, 'latent', 'float32', this.wide)
    return this.closed(target, this.run(target, latent, this.model.coda))
  }

  private closed({ graph }: Target, x: string): string {
    const { finalNorm } = this.model
    return rmsNorm(graph, x, graph.floats('ln_f', [finalNorm.length], finalNorm), this.shape.epsilon)
  }

  /** @param first whether others follow in the pass */
  private run(target: Target, from: string, blocks: Blocks, first = false): string {
    const inputs = attentionInputs(target, this.shape)
    if (first && inputs.resident) giveReached(target.graph, inputs.resident.last)
    if (typeof blocks === 'function') {
      const stream = layers(target, { state: from, delta: null }, blocks(target), this.shape, inputs)
      return settled(target.graph, stream)
    }
    const context: AttentionContext = { ...inputs, rope: { ...inputs.rope, interleaved: true } }
    const rows: KeyValue[] = []
    let state = from
    blocks.forEach((block, i) => {
      const result = recurrentBlock(target, state, block, layerCache(target, this.shape, i), context)
      state = result.state
      rows.push(result.own)
    })
    giveKv(target, this.shape, rows)
    return state
  }
}
