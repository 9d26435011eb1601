import type { Block } from './blocks.ts'

/** Colours what a block became in the page; what it gives back takes the colours away. */
export interface Painter {
  paint(element: Element, block: Block): () => void
}
