import type { KvCache } from './kv-cache.ts'

/**
 * Who may look at whom: rows at `positions` (rising) over the first `cached` rows of a cache and, where the run writes,
 * over themselves. A row sees every position up to its own.
 * @param cached rows handed to the graph; may be 1 while the cache is empty
 * @returns values [S, width] of 0 and −∞, width = cached (+ S where it writes)
 */
export function attentionMask(
  cache: KvCache,
  cached: number,
  positions: Int32Array,
  writes: boolean,
): { values: Float32Array; width: number } {
  const count = positions.length
  const width = cached + (writes ? count : 0)
  const values = new Float32Array(count * width)
  let visible = 0
  for (let row = 0; row < count; row++) {
    while (visible < cache.length && cache.position(visible) <= positions[row]!) visible++
    const start = row * width
    values.fill(-Infinity, start + visible, start + cached)
    if (writes) values.fill(-Infinity, start + cached + row + 1, start + width)
  }
  return { values, width }
}
