/** How hard a client asks a model to think, in OpenAI's words and those of other servers. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof EFFORTS)[number]

/** What an effort means here: depth of every token, and length of thought. */
export interface Meaning {
  /** Compute budget in percent; does nothing with a model whose depth is not adjustable. */
  budget: number
  /** Whether a model that can think does. */
  think: boolean
  /** Tokens of thought at most; null: no bound. */
  mostThought: number | null
}

const MEANINGS: Readonly<Record<Effort, Meaning>> = {
  none: { budget: 0, think: false, mostThought: 0 },
  minimal: { budget: 10, think: true, mostThought: 128 },
  low: { budget: 25, think: true, mostThought: 512 },
  medium: { budget: 50, think: true, mostThought: 2048 },
  high: { budget: 75, think: true, mostThought: 8192 },
  xhigh: { budget: 90, think: true, mostThought: 16_384 },
  max: { budget: 100, think: true, mostThought: null },
}

export const meaningOf = (effort: Effort): Meaning => MEANINGS[effort]
