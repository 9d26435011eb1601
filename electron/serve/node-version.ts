import { DepthwiseError } from '../../models/common/errors.ts'

const NEEDED = 24

/** Throws WRONG_NODE. Comes before anything native is loaded, which would crash in an older Node. */
export function expectNode(version: string): void {
  if (Number.parseInt(version, 10) >= NEEDED) return
  throw new DepthwiseError(
    'WRONG_NODE',
    `Depthwise needs Node.js ${NEEDED} or newer, and this is ${version}. Use “npm start”, which brings its own.`,
  )
}
