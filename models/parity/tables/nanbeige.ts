import { dense } from './dense.ts'
import type { Table } from './table.ts'
import { none } from './table.ts'

/** Nanbeige: see README-looped.md of the recordings. Visit 0 embeds, visit N is loop N. */
export const nanbeige: Table = {
  tensors: [
    [/^hidden_per_loop$/, () => ({ kind: 'perDepth', name: (depth) => `state.${depth + 1}` })],
    [/^logits_skip_loop_final_norm$/, () => none('comes of another configuration of the same weights')],
    ...dense.tensors,
  ],
  facts: dense.facts,
}
