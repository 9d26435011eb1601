import type { Phase, Token } from '../../models/common/values.ts'

/** Whether a token belongs to the model's thought or to its answer. */
export const phaseOf = ({ phase }: Token): Phase => phase ?? 'answer'

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
