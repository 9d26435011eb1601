const ROOM = 512
/** Scores from which on their quantiles are trusted. */
const ENOUGH = 16

/** The last scores that were held against a threshold. */
export class ScoreWindow {
  private scores: number[] = []

  add(scores: readonly number[]): void {
    this.scores.push(...scores.filter((score) => Number.isFinite(score)))
    if (this.scores.length > ROOM) this.scores = this.scores.slice(-ROOM)
  }

  /** The score that a share (0 to 1) of those seen reaches; null while too few were seen. */
  reachedBy(share: number): number | null {
    if (this.scores.length < ENOUGH) return null
    const sorted = Float64Array.from(this.scores).sort()
    const index = (1 - share) * (sorted.length - 1)
    const [low, part] = [Math.floor(index), index % 1]
    const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!]
    return a + part * (b - a)
  }
}
