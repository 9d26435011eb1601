/** The shortest passage whose repetition counts, in tokens; shorter ones count as often as they make up one. */
const SHORTEST = 8
/** The longest that is looked for when it follows itself. */
const LONGEST = 512
const TIMES = 3
/** A passage of so many tokens counts wherever it stands, once it has been met so often. */
const PASSAGE = 24
const MEETINGS = 4

/**
 * Notices that a text goes in circles: the same 8 to 512 tokens three times in a row, or the same 24 tokens four times
 * anywhere. A token costs some hundreds of comparisons.
 */
export class LoopDetector {
  private readonly ids: number[] = []
  /** Per distance: how many of the last tokens equal the one so far before them. */
  private readonly runs = new Int32Array(LONGEST + 1)
  private readonly met = new Map<string, number>()

  /** @returns whether the text goes in circles with this token */
  push(id: number): boolean {
    const { ids, runs } = this
    const here = ids.push(id) - 1
    let found = false
    for (let distance = 1; distance <= Math.min(here, LONGEST); distance++) {
      const run = ids[here - distance] === id ? runs[distance]! + 1 : 0
      runs[distance] = run
      if (run >= needed(distance)) found = true
    }
    return this.meets() || found
  }

  private meets(): boolean {
    if (this.ids.length < PASSAGE) return false
    const passage = this.ids.slice(-PASSAGE).join()
    const times = (this.met.get(passage) ?? 0) + 1
    this.met.set(passage, times)
    return times >= MEETINGS
  }
}

/** Tokens that must equal those before them: all but the first ones of a passage, made up of whole distances, that comes so often. */
function needed(distance: number): number {
  return TIMES * distance * Math.ceil(SHORTEST / distance) - distance
}
