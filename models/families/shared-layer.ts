import type { LayerMatrices } from '../graphs/llama-layer.ts'
import type { Target } from '../graphs/linear.ts'
import type { StageLayer } from '../graphs/stage.ts'
import type { ModelWriter } from './build.ts'
import type { LlamaShape } from './llama.ts'
import { layerSizes, NORM_NAMES, ownLayer, readEnds, readNorms } from './llama.ts'
import { partSize } from './llama-parts.ts'
import type { Relaxed } from './recursive/relaxed.ts'
import type { TensorReader } from './tensors.ts'

type Norms = Record<keyof typeof NORM_NAMES, Float32Array>

/** A layer of a graph: matrices once, norms once or per visit, and what else a visit has of its own. */
export interface ReadLayer {
  matrices: LayerMatrices
  /** One for all visits, or one for each. */
  norms: Norms[]
  /** Of its weights at each visit. */
  prefixes: readonly string[]
  own: Relaxed
}

/** How a model stores what its recursions share. */
export interface Storage {
  normsShared: boolean
  /** Whether a shared weight lies at each of its places, or at the first only; null: at some of them. */
  everyDepthStored: boolean | null
}

/** Reads the layer that lies at several places; its copies, where there are, must be equal. @throws DepthwiseError MODEL_WEIGHTS */
export function readSharedLayer(
  prefixes: readonly string[],
  own: Relaxed,
  { normsShared, everyDepthStored }: Storage,
  shape: LlamaShape,
  tensors: TensorReader,
): ReadLayer {
  const sizes = layerSizes(shape)
  /** The one place that is read, of those that hold a weight. */
  const only = (names: string[], dims: readonly number[]): string => {
    const stored = everyDepthStored === null ? names.filter((name) => tensors.has(name)) : names
    const original = stored[0] ?? names[0]!
    for (const name of everyDepthStored === false ? [] : stored) tensors.copy(name, original, dims)
    return original
  }
  const matrices = tensors.llamaLayer(prefixes[0]!, sizes, (part) =>
    only(
      prefixes.map((_, r) => own.nameOf(r, part)),
      partSize(sizes, part),
    ),
  )
  const dims = [shape.hiddenSize]
  if (!normsShared) {
    return { matrices, norms: prefixes.map((prefix) => readNorms(tensors, prefix, dims)), prefixes, own }
  }
  const norm = (leaf: string): Float32Array =>
    tensors.floats(
      only(
        prefixes.map((prefix) => `${prefix}.${leaf}`),
        dims,
      ),
      dims,
    )
  const norms = { attentionNorm: norm(NORM_NAMES.attentionNorm), mlpNorm: norm(NORM_NAMES.mlpNorm) }
  return { matrices, norms: [norms], prefixes, own }
}

/** What visit `r` binds for layer `i` of its graph. */
export function layerConstants(
  writer: ModelWriter,
  { norms, prefixes, own }: ReadLayer,
  i: number,
  r: number,
): Record<string, string> {
  const bindings = own.constants(writer, i, r)
  if (norms.length === 1) return bindings
  for (const [leaf, values] of Object.entries(norms[r]!) as [keyof Norms, Float32Array][]) {
    bindings[`${leaf}.${i}`] = writer.constant(`${prefixes[r]}.${leaf}`, [values.length], values)
  }
  return bindings
}

/** Layer `i` of a graph, with inputs for what its visits do not share. */
export function stageLayer(target: Target, { matrices, norms, own }: ReadLayer, i: number): StageLayer {
  const { graph } = target
  const extras = own.extras(graph, i)
  if (norms.length === 1) return { ...ownLayer(target, matrices, norms[0]!), ...extras }
  const input = (leaf: keyof Norms): string => graph.input(`${leaf}.${i}`, 'float32', [norms[0]![leaf].length])
  return { matrices, attentionNorm: input('attentionNorm'), mlpNorm: input('mlpNorm'), ...extras }
}

/**
 * Embedding table and head. The authors' models say that the two are tied and some hold a head of its own all the
 * same, which is then what they compute with: the recordings show it.
 */
export function readStoredEnds(tensors: TensorReader, shape: LlamaShape, tied: boolean): ReturnType<typeof readEnds> {
  const stored = tensors.has('lm_head.weight')
  const dims = [shape.vocabSize, shape.hiddenSize]
  const own = stored && !tensors.equal('lm_head.weight', 'model.embed_tokens.weight', dims)
  return readEnds(tensors, shape, (stored || tied) && !own)
}
