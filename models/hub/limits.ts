/** Every waiting time of the Hub's client, in milliseconds. */
export interface HubLimits {
  /** A server that says nothing for so long has stalled. */
  stallMs: number
  /** Waits before the second, third, … try of what failed in passing; behind the last of them it is given up. */
  backoffMs: readonly number[]
  /** The longest that a server may ask to wait (429). */
  mostWaitMs: number
}

export const HUB_LIMITS: HubLimits = {
  stallMs: 30_000,
  backoffMs: [1_000, 2_000, 5_000, 10_000, 20_000, 30_000],
  // windows of the Hub's limits are five minutes long
  mostWaitMs: 330_000,
}
