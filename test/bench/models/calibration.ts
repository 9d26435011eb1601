/**
 * What makes shares of a random model known. Its embedding rows hold ±c everywhere but in the first column, where token
 * t has u(t) · c; layers add next to nothing; so the normed state begins with u(t), and the routers pass that on as
 * their score. u is spread evenly over −1 to 1: a share of any run of different tokens clears a threshold of
 * 1 − 2 · share.
 */
export function scoreOf(token: number): number {
  const turns = token * 0.618_033_988_749_895
  return 2 * (turns - Math.floor(turns)) - 1
}

/** Shares of tokens that reach recursions 2 to R at a budget (0 to 1); their mean is the budget. */
function capacities(budget: number, count: number): number[] {
  const slope = budget * (1 - budget)
  return Array.from({ length: count }, (_, j) => budget + slope * (count === 1 ? 0 : 0.5 - j / (count - 1)))
}

/** calibration.json of a model whose scores are those of `scoreOf`. */
export function calibration(recursions: number): { budgets: unknown[] } {
  const steps = 20
  const budgets = Array.from({ length: steps + 1 }, (_, i) => {
    const budget = i / steps
    const shares = capacities(budget, recursions - 1)
    const thresholds = shares.map((share) => (share <= 0 || share >= 1 ? null : 1 - 2 * share))
    return { budget, capacities: shares, thresholds }
  })
  return { budgets }
}
