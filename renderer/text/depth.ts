/** Steps of the colour scale from shallow to deep; the classes depth-0 to depth-5 carry them. */
export const DEPTH_STEPS = 6

/** The step of the colour scale for a depth, whatever the most recursions are. */
export function depthStep(depth: number, maxDepth: number): number {
  if (maxDepth <= 1) return 0
  const share = (depth - 1) / (maxDepth - 1)
  return Math.round(Math.min(1, Math.max(0, share)) * (DEPTH_STEPS - 1))
}

/** Depths to name in a legend: all of a few, else the ends and the middle. */
export function legendDepths(maxDepth: number): number[] {
  if (maxDepth <= DEPTH_STEPS) return Array.from({ length: Math.max(1, maxDepth) }, (_, index) => index + 1)
  return [1, Math.round((1 + maxDepth) / 2), maxDepth]
}
