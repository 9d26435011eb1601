import type { Table } from './table.ts'
import { none, observed, OWN_CHECKS } from './table.ts'

/** Llama, Qwen2 and Qwen3: see README-looped.md of the recordings. */
export const dense: Table = {
  tensors: [
    [/^logits$/, () => observed('logits')],
    [/^hidden_after_layer(\d+)$/, ([, layer]) => observed(`layer.${layer}`)],
    [/^generate\.logits$/, () => ({ kind: 'generated', call: 'generate' })],
    [/^rope_inv_freq$/, () => none('goes into the cos and sin tables of the graph; every hidden state depends on it')],
  ],
  facts: [
    [/^calls\.generate\.sequences\.generated$/, { kind: 'ids' }],
    [/min_top2_margin$|max_abs_diff/, OWN_CHECKS],
    [/^calls\.generate\.sequences\.sequence$/, none('is an index')],
  ],
}
