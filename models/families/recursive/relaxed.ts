import type { GraphBuilder } from '../../graphs/builder.ts'
import type { LayerExtras } from '../../graphs/llama-layer.ts'
import type { Part } from '../../graphs/matrix.ts'
import type { ModelWriter } from '../build.ts'

/** A layer that several visits share: the prefix of its weights at each of them. */
export interface SharedLayer {
  prefixes: readonly string[]
  /** Unrolled layers, one for each prefix. */
  places: readonly number[]
}

/** What every visit of a shared layer has of its own, as inputs of the layer's graph and constants of the visits. */
export interface Relaxed {
  /** Name of a shared matrix at visit `r`. */
  nameOf(r: number, part: Part): string
  /** Declares the inputs of layer `i` of a graph; `constants` then knows what is wanted. */
  extras(graph: GraphBuilder, i: number): LayerExtras
  /** Graph input → constant, of layer `i` at visit `r`. */
  constants(writer: ModelWriter, i: number, r: number): Record<string, string>
}
