import type { Hit } from '../../electron/contract/matching.ts'

/** A text cut at its marks; marks that are out of order, overlap or leave the text are passed over. */
export function piecesOf(text: string, marks: readonly Hit[]): { piece: string; marked: boolean }[] {
  const pieces: { piece: string; marked: boolean }[] = []
  let at = 0
  for (const [start, end] of marks) {
    if (start < at || end <= start || end > text.length) continue
    if (start > at) pieces.push({ piece: text.slice(at, start), marked: false })
    pieces.push({ piece: text.slice(start, end), marked: true })
    at = end
  }
  if (at < text.length) pieces.push({ piece: text.slice(at), marked: false })
  return pieces
}
