import { rowCount, seeThemselves } from './inputs.ts'
import type { Keys } from './joint-keys.ts'
import type { Request } from './pass.ts'

/**
 * Who may look at whom: rows over the cached ones of their own sequence and, where their visit has them see themselves,
 * over the rows of their own pass. A row sees every position up to its own; below the pass's prefix also later ones.
 * @returns values [S, width] of 0 and −∞, width = cached rows (+ S where any row sees itself)
 */
export function attentionMask(requests: readonly Request[], keys: Keys): { values: Float32Array; width: number } {
  const count = rowCount(requests)
  const width = keys.length + (seeThemselves(requests) ? count : 0)
  if (count === 1 && requests.length === 1) return { values: rowMask(requests[0]!, keys, width), width }
  const values = new Float32Array(count * width).fill(-Infinity)
  let start = 0
  requests.forEach((request, index) => {
    const { positions, visit, pass } = request
    const themselves = visit.cache?.writes !== 'others'
    const cached = Int32Array.from({ length: keys.length }, (_, row) => keys.position(index, row) ?? FAR)
    positions.forEach((position, i) => {
      const row = (start + i) * width
      for (let key = 0; key < keys.length; key++) if (cached[key]! <= position) values[row + key] = 0
      if (!themselves) return
      const own = row + keys.length + start
      positions.forEach((other, j) => {
        if (j <= i || (position < pass.prefix && other < pass.prefix)) values[own + j] = 0
      })
    })
    start += positions.length
  })
  return { values, width }
}

/** Of one row, which mostly sees all of its cache. */
function rowMask({ positions, visit }: Request, keys: Keys, width: number): Float32Array {
  const values = new Float32Array(width)
  if (keys.highest > positions[0]! || keys.empty) {
    for (let key = 0; key < keys.length; key++) {
      if ((keys.position(0, key) ?? FAR) > positions[0]!) values[key] = -Infinity
    }
  }
  if (visit.cache?.writes === 'others') values.fill(-Infinity, keys.length)
  return values
}

/** A position that nobody sees. */
const FAR = 0x7fffffff
