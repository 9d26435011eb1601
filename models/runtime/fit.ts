import type { Turn } from '../common/values.ts'

/** Room that an answer is to have at least, as a share of the context; less where it may not be longer. */
const SHARE_OF_ANSWER = 1 / 4

interface Fitted<P> {
  prompt: P
  /** So many of the oldest turns are not in it; the system prompt always is. */
  leftOut: number
}

interface Wanted {
  /** Tokens that prompt and answer can have together. */
  context: number
  /** Tokens that the answer may have. */
  mostTokens: number
  /** Turns that were left out before; they stay out while all do not fit. */
  leftOut: number
}

/** Turns without the `leftOut` oldest after the system prompt. */
export function withoutOldest(turns: readonly Turn[], leftOut: number): Turn[] {
  const system = turns.findIndex(({ role }) => role !== 'system')
  return [...turns.slice(0, Math.max(0, system)), ...turns.slice(Math.max(0, system) + leftOut)]
}

/** Where the conversation can begin: at each turn of the person. In turns left out; the last leaves the newest alone. */
export function beginnings(turns: readonly Turn[]): number[] {
  const spoken = turns.filter(({ role }) => role !== 'system')
  const begins = spoken.flatMap(({ role }, index) => (role === 'user' ? [index] : []))
  return begins[0] === 0 ? begins : [0, ...begins]
}

/**
 * Leaves the oldest turns out where all of them would leave too little room for an answer. A cut makes room for two
 * answers, so that the next turns go on behind what has been read, and not every one reads anew.
 */
export function fit<P extends { ids: readonly unknown[] }>(
  turns: readonly Turn[],
  encode: (turns: readonly Turn[]) => P,
  { context, mostTokens, leftOut }: Wanted,
): Fitted<P> {
  const room = Math.min(mostTokens, Math.ceil(context * SHARE_OF_ANSWER))
  const at = (cut: number): Fitted<P> => ({ prompt: encode(withoutOldest(turns, cut)), leftOut: cut })
  const leaves = ({ prompt }: Fitted<P>, answers: number): boolean => prompt.ids.length + answers * room <= context
  const all = at(0)
  const begins = beginnings(turns)
  const last = begins.at(-1) ?? 0
  if (leaves(all, 1) || last === 0) return all
  const before = begins.find((begin) => begin >= leftOut) ?? last
  const same = before > 0 ? at(before) : all
  if (before > 0 && leaves(same, 1)) return same
  const candidates = begins.filter((begin) => begin > before)
  let [low, high] = [0, candidates.length - 1]
  let found: Fitted<P> | undefined
  while (low <= high) {
    const middle = (low + high) >> 1
    const tried = at(candidates[middle]!)
    if (leaves(tried, 2)) {
      found = tried
      high = middle - 1
    } else low = middle + 1
  }
  return found ?? at(last)
}
