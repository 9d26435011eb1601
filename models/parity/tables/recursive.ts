import type { Table } from './table.ts'
import { observed, OWN_CHECKS } from './table.ts'

/** Recursive and relaxed recursive transformers: see README-mor.md of the recordings. */
export const recursive: Table = {
  tensors: [
    [/^logits$/, () => observed('logits')],
    [/^hidden\.embed$/, () => observed('embed')],
    [/^hidden\.layer(\d+)$/, ([, layer]) => observed(`layer.${layer}`)],
    [/^hidden\.norm$/, () => observed('norm')],
  ],
  facts: [
    [/^eval\.cache_length_per_unrolled_slot$/, { kind: 'kvRows' }],
    [/^eval\.checks\./, OWN_CHECKS],
  ],
}
