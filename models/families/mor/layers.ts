import { PORT } from '../../plan/ports.ts'
import type { RouterType } from '../../graphs/plain-router.ts'
import { routerSizes } from '../../graphs/plain-router.ts'
import { settled } from '../../graphs/norm.ts'
import type { GraphBuilder } from '../../graphs/builder.ts'
import type { Target } from '../../graphs/linear.ts'
import { transpose } from '../../graphs/quantise.ts'
import { attentionInputs, buildStage, layers } from '../../graphs/stage.ts'
import type { Visit } from '../../plan/plan.ts'
import { leave, ownCache, sharedCache, visit } from '../../plan/visit.ts'
import type { ModelWriter } from '../build.ts'
import { unsupported } from '../family.ts'
import type { Mor } from './config.ts'
import { relaxed } from '../recursive/relaxation.ts'
import type { ReadLayer } from '../shared-layer.ts'
import { layerConstants, readSharedLayer, readStoredEnds, stageLayer } from '../shared-layer.ts'
import type { TensorReader } from '../tensors.ts'

type Fields = Partial<Omit<Visit, 'graph'>>

/** Writes the layers of a Mixture-of-Recursions and visits them; what is routed how is up to the callers. */
export class MorLayers {
  private readonly mor: Mor
  private readonly tensors: TensorReader
  private readonly writer: ModelWriter

  constructor(mor: Mor, tensors: TensorReader, writer: ModelWriter) {
    this.mor = mor
    this.tensors = tensors
    this.writer = writer
  }

  /**
   * Writes embedding, head and the layers beside them.
   * @param behindFirst further outputs from the stream before the recursions [S, D]
   */
  async ends(
    behindFirst: (target: Target, state: string) => void,
  ): Promise<Record<'enter' | 'leave', (fields?: Fields) => Visit>> {
    const { mor, tensors, writer } = this
    const { table, head } = readStoredEnds(tensors, mor.shape, mor.tied)
    const [first, last] = [this.own(mor.first), this.own(mor.last)]
    const norm = tensors.floats('model.norm.weight', [mor.shape.hiddenSize])
    const run = (layer: ReadLayer | null) => layer && { layers: (inside: Target) => [stageLayer(inside, layer, 0)] }
    await writer.graph('enter', { shape: mor.shape }, (target) => {
      buildStage(target, mor.shape, { table, ...run(first), also: behindFirst })
    })
    await writer.graph('leave', { shape: mor.shape }, (target) => {
      const tapped = (inside: Target, state: string): void => {
        inside.tap('last', ['S', mor.shape.hiddenSize], () => state)
      }
      buildStage(target, mor.shape, { ...run(last), also: tapped, head: { norm, matrix: head } })
    })
    const cost = (layer: ReadLayer | null, name: string): Fields => (layer ? { cache: ownCache(name, 1), cost: 1 } : {})
    return {
      enter: (fields) => visit('enter', { ...cost(first, 'enter'), ...fields }),
      leave: (fields) => leave('leave', { ...cost(last, 'leave'), ...fields }),
    }
  }

  /**
   * Writes the shared block.
   * @param behind gives out what becomes of the stream [S, D] before and behind its layers
   * @returns a visit of recursion `r`, from 0
   */
  async block(
    behind: (target: Target, before: string, out: string) => void,
  ): Promise<(r: number, fields: Fields) => Visit> {
    const { mor, tensors, writer } = this
    const { shape, times, depth } = mor
    const shared = mor.kvShared && times > 1
    const block = mor.block.map((prefixes) => readPlain(prefixes, mor, tensors))
    await writer.graph('block', { shape, selective: shared }, (target) => {
      const { graph } = target
      const state = graph.input(PORT.state, 'float32', ['S', shape.hiddenSize])
      const context = attentionInputs(target, shape)
      const inside = block.map((layer, i) => stageLayer(target, layer, i))
      behind(target, state, settled(graph, layers(target, { state, delta: null }, inside, shape, context)))
    })
    return (r, { constants, ...fields }) => {
      const own: Record<string, string>[] = block.map((layer, i) => layerConstants(writer, layer, i, r))
      const cache = shared ? (r === 0 ? ownCache : sharedCache)('block', depth) : ownCache(`block.${r}`, depth)
      return visit('block', {
        constants: Object.assign({}, ...own, constants) as Record<string, string>,
        cache,
        recursion: true,
        cost: depth,
        ...fields,
      })
    }
  }

  private own(prefix: string | null): ReadLayer | null {
    return prefix === null ? null : readPlain([prefix], this.mor, this.tensors)
  }
}

function readPlain(prefixes: readonly string[], { shape, storage }: Mor, tensors: TensorReader): ReadLayer {
  const own = relaxed(null, { prefixes, places: [] }, shape, tensors)
  return readSharedLayer(prefixes, own, storage, shape, tensors)
}

/** Routers of one shape as inputs of a graph, which visits bind. */
export class Routers {
  private readonly input: string
  private readonly sizes: [rows: number, cols: number][]

  /** @param input what the inputs are called @throws DepthwiseError MODEL_UNSUPPORTED */
  constructor(input: string, router: { type: string; bias: boolean }, hidden: number, outputs: number) {
    this.input = input
    this.sizes = routerSizes(routerType(router), hidden, outputs)
  }

  /** Declares the matrices, transposed: those that `plainRouter` takes. */
  declare(graph: GraphBuilder): string[] {
    return this.sizes.map(([rows, cols], i) => graph.input(`${this.input}.${i}`, 'float32', [cols, rows]))
  }

  /**
   * @param temperature by which what the router reads is divided
   * @returns graph input → constant @throws DepthwiseError MODEL_WEIGHTS
   */
  bind(prefix: string, temperature: number, tensors: TensorReader, writer: ModelWriter): Record<string, string> {
    const names = this.sizes.length === 1 ? [`${prefix}.weight`] : [`${prefix}.0.weight`, `${prefix}.2.weight`]
    const bindings = this.sizes.map(([rows, cols], i) => {
      const weights = transpose(tensors.floats(names[i]!, [rows, cols]), rows, cols)
      const values = i === 0 && temperature !== 1 ? weights.map((value) => value / temperature) : weights
      return [`${this.input}.${i}`, writer.constant(names[i]!, [cols, rows], values)]
    })
    return Object.fromEntries(bindings) as Record<string, string>
  }
}

/** The authors' wide_mlp has the sizes of their mlp. */
function routerType({ type, bias }: { type: string; bias: boolean }): RouterType {
  if (bias) throw unsupported('routing.router.bias', true)
  if (type === 'linear') return type
  if (type === 'mlp' || type === 'wide_mlp') return 'mlp'
  throw unsupported('routing.router.type', type)
}
