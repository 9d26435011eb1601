import type { Token } from '../../models/common/values.ts'
import type { Generation, Message } from '../../electron/contract/values.ts'

/** What was recorded of a token, without its text; null where nothing was. */
export function recordedOf({ generation }: Message, token: number): Pick<Token, 'depth' | 'budget'> | null {
  if (!generation || token >= generation.lengths.length) return null
  const change = generation.budgetChanges.findLast((one) => one.token <= token)
  return { depth: generation.depths[token] ?? 0, budget: change?.budget ?? generation.budget }
}

/** The greatest depth that was recorded; 1 where none was. */
export const deepest = ({ generation }: Message): number =>
  generation?.depths.reduce((most, depth) => Math.max(most, depth), 1) ?? 1

/** The average of the budgets that were in force at each token of an answer, in percent. */
export function averageBudget({ budget, budgetChanges, lengths }: Generation): number {
  let sum = 0
  let [from, inForce] = [0, budget]
  for (const change of [...budgetChanges, { token: lengths.length, budget }]) {
    const token = Math.min(change.token, lengths.length)
    sum += (token - from) * inForce
    ;[from, inForce] = [token, change.budget]
  }
  return sum / Math.max(1, lengths.length)
}

/** Tokens of a kept answer and the thought before it, from their texts and what was recorded of each. */
export function storedTokens(message: Message): Token[] {
  const { generation } = message
  if (!generation) return []
  const changes = generation.budgetChanges
  const thought = new Cut(generation.thought?.text ?? '')
  const answer = new Cut(message.text)
  const tokens: Token[] = []
  let budget = generation.budget
  let change = 0
  for (const [index, length] of generation.lengths.entries()) {
    for (let next = changes[change]; next && next.token <= index; next = changes[++change]) budget = next.budget
    const depth = generation.depths[index] ?? 0
    if (index >= (generation.thought?.tokens ?? 0)) tokens.push({ text: answer.next(length), depth, budget })
    else tokens.push({ text: thought.next(length), depth, budget, phase: 'thought' })
  }
  return tokens
}

/** A text, piece by piece. */
class Cut {
  private readonly text: string
  private start = 0

  constructor(text: string) {
    this.text = text
  }

  next(length: number): string {
    const from = this.start
    this.start += length
    return this.text.slice(from, this.start)
  }
}

export function textOf(tokens: readonly Token[], phase: Token['phase']): string {
  return tokens.map((token) => (token.phase === phase ? token.text : '')).join('')
}

/** Adds `incoming`, whose first is token number `first`, to what is known; null where tokens between are missing. */
export function mergeTokens(known: readonly Token[], first: number, incoming: readonly Token[]): Token[] | null {
  if (first > known.length) return null
  const fresh = incoming.slice(known.length - first)
  return [...known, ...fresh]
}
