import type { Keys } from './joint-keys.ts'
import type { Layout } from './layout.ts'
import { rowCount } from './layout.ts'
import type { PendingVisit } from './pass.ts'

/**
 * What rows attend to: the cached ones of their own sequence and, where their visit has them see themselves,
 * the rows of their own pass. A row sees every position up to its own; below the pass's prefix also later ones.
 * @returns [S, layout.width] of 0 and −∞
 */
export function attentionMask(pending: readonly PendingVisit[], keys: Keys, layout: Layout): Float32Array {
  const count = rowCount(pending)
  const { width, handed: ownStart } = layout
  const values = new Float32Array(count * width).fill(-Infinity)
  let start = 0
  pending.forEach((request, index) => {
    const { positions, visit, pass } = request
    const themselves = visit.cache?.mode !== 'shared'
    const all = pending.length === 1 && keys.highest <= positions[0]!
    const cached = all ? null : positionsFor(index, keys)
    positions.forEach((position, i) => {
      const row = (start + i) * width
      if (cached) {
        for (let key = 0; key < cached.length; key++) if (cached[key]! <= position) values[row + key] = 0
      } else values.fill(0, row, row + keys.length)
      if (!themselves) return
      const own = row + ownStart + start
      positions.forEach((other, j) => {
        if (j <= i || (position < pass.prefix && other < pass.prefix)) values[own + j] = 0
      })
    })
    start += positions.length
  })
  return values
}

/** Of all cached rows, as a request sees them. */
function positionsFor(request: number, keys: Keys): Int32Array {
  const positions = new Int32Array(keys.length)
  for (let row = 0; row < positions.length; row++) positions[row] = keys.position(request, row) ?? FAR
  return positions
}

/** A position that no row sees. */
const FAR = 0x7fffffff
