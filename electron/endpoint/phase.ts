import type { Token } from '../../models/common/values.ts'

export type Phase = 'thought' | 'answer'

/** Whether a token belongs to the model's thought or to its answer; without a word of it, to the answer. */
export function phaseOf(token: Token): Phase {
  return 'phase' in token && token.phase === 'thought' ? 'thought' : 'answer'
}

/** Text of tokens that follow each other, cut where the phase changes. */
export function piecesOf(tokens: readonly Token[]): { phase: Phase; tokens: Token[]; text: string }[] {
  const pieces: { phase: Phase; tokens: Token[]; text: string }[] = []
  for (const token of tokens) {
    const phase = phaseOf(token)
    const last = pieces.at(-1)
    if (last?.phase === phase) {
      last.tokens.push(token)
      last.text += token.text
    } else pieces.push({ phase, tokens: [token], text: token.text })
  }
  return pieces
}
