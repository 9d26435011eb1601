/** Every waiting time of the host, in milliseconds where it is a time. */
export interface Limits {
  /** A growing answer is saved this often. */
  saveMs: number
  /** An engine that has not stopped a generation by then is killed. */
  stopMs: number
  beatMs: number
  /** An engine with a model that says nothing for so many beats is told of. */
  quietBeats: number
  /** An engine that says nothing for so many beats is killed. */
  silentBeats: number
  silentBeatsLoading: number
  /** Wait before the first, second, … start after a crash. */
  restartMs: readonly number[]
  crashes: number
  crashWindowMs: number
  /** An engine that has not gone by then, when the app ends, is killed. */
  shutdownMs: number
  /** An engine that is not the app's own and has had nothing to do for so long is ended. */
  idleMs: number
}

export const LIMITS: Limits = {
  saveMs: 200,
  stopMs: 5_000,
  beatMs: 2_500,
  quietBeats: 4,
  silentBeats: 24,
  silentBeatsLoading: 240,
  restartMs: [250, 2_000],
  crashes: 3,
  crashWindowMs: 5 * 60_000,
  shutdownMs: 2_000,
  idleMs: 10 * 60_000,
}
