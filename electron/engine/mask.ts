import type { KvCache } from './kv-cache.ts'

/**
 * Who may look at whom: rows at `positions` (rising) over the first `cached` rows of a cache and, where they see
 * themselves, over each other. A row sees every position up to its own.
 * @param cached rows handed to the graph; may be 1 while the cache is empty
 * @param themselves whether rows see themselves and each other
 * @param prefix rows at positions below it see each other both ways
 * @returns values [S, width] of 0 and −∞, width = cached (+ S where rows see themselves)
 */
export function attentionMask(
  cache: KvCache,
  cached: number,
  positions: Int32Array,
  themselves: boolean,
  prefix = 0,
): { values: Float32Array; width: number } {
  const count = positions.length
  const width = cached + (themselves ? count : 0)
  const values = new Float32Array(count * width)
  for (let row = 0; row < count; row++) {
    const start = row * width
    const position = positions[row]!
    for (let i = 0; i < cached; i++) {
      if (i >= cache.length || cache.position(i) > position) values[start + i] = -Infinity
    }
    if (!themselves) continue
    for (let i = row + 1; i < count; i++) {
      if (position >= prefix || positions[i]! >= prefix) values[start + cached + i] = -Infinity
    }
  }
  return { values, width }
}
