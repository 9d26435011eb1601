import type { AttentionContext, AttentionShape } from './attention.ts'
import { groupedMask } from './attention.ts'
import type { LayerMatrices, Stream } from './llama-layer.ts'
import { llamaLayer } from './llama-layer.ts'
import type { Target } from './linear.ts'
import { ropeTables } from './rope.ts'

export interface StageShape extends AttentionShape {
  hiddenSize: number
  contextLength: number
  ropeTheta: number
  epsilon: number
}

/**
 * Declares the inputs that a run of layers has in common and gives what its layers share.
 * @param selective whether the host says, run by run, if rows write K/V (input `writes`)
 */
export function attentionInputs(target: Target, shape: StageShape, selective: boolean): AttentionContext {
  const { graph } = target
  return {
    shape,
    positions: graph.input('positions', 'int64', [1, 'S']),
    mask: groupedMask(graph, graph.input('mask', 'float32', ['S', 'T']), shape),
    split: graph.input('split', 'int64', [2]),
    writes: selective ? { when: graph.input('writes', 'bool', []) } : 'always',
    ...ropeTables(target, shape.contextLength, shape.headDim, shape.ropeTheta),
  }
}

/** A layer of a stage: its matrices, and its norms as values of the graph. */
export interface StageLayer {
  matrices: LayerMatrices
  attentionNorm: string
  mlpNorm: string
}

/** Runs layers one after the other over their caches `key.i`, `value.i` and gives out the new rows as `rows`. */
export function layers(
  target: Target,
  stream: Stream,
  stage: readonly StageLayer[],
  shape: StageShape,
  context: AttentionContext,
): Stream {
  const { graph } = target
  const rows: string[] = []
  stage.forEach((layer, i) => {
    const dims = ['C', shape.kvHeads, shape.headDim]
    const cache = { key: graph.input(`key.${i}`, 'float32', dims), value: graph.input(`value.${i}`, 'float32', dims) }
    const inputs = { attentionNorm: layer.attentionNorm, mlpNorm: layer.mlpNorm, cache }
    const result = llamaLayer(target, stream, layer.matrices, inputs, context, shape.epsilon)
    stream = result.stream
    rows.push(result.key, result.value)
  })
  const all = graph.node('Concat', rows, { attributes: { axis: { int: 1 } } })
  graph.output(all, 'rows', 'float32', ['W', rows.length * shape.kvHeads * shape.headDim])
  return stream
}
