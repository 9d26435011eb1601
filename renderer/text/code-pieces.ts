/** A stretch of long code. */
export interface CodePiece {
  /** Where it begins in the code. */
  start: number
  /** Without the end of its last line, unless it is the last. */
  text: string
  lines: number
}

const LINES = 200
/** Even within a line, so that no line takes long to be laid out. */
const CHARACTERS = 16_000

/** Code that grows, in pieces that are laid out by themselves; those unchanged since the last call are the same objects. */
export class CodePieceStream {
  private code = ''
  private pieces: CodePiece[] = []
  private start = 0

  update(code: string): readonly CodePiece[] {
    if (!code.startsWith(this.code)) {
      this.pieces = []
      this.start = 0
    }
    this.code = code
    this.pieces = this.pieces.filter(({ start }) => start < this.start)
    for (let next = this.next(); next !== null; next = this.next()) {
      this.add(next.end, next.lines)
      this.start = next.from
    }
    this.add(code.length, 0)
    return this.pieces
  }

  /** Where the piece at `start` ends, and the one after it begins; null where it may grow. */
  private next(): { end: number; from: number; lines: number } | null {
    const { code, start } = this
    let end = start - 1
    for (let lines = 1; lines <= LINES; lines++) {
      const at = code.indexOf('\n', end + 1)
      if ((at < 0 ? code.length : at) - start > CHARACTERS) {
        if (lines > 1) return { end, from: end + 1, lines: lines - 1 }
        const most = start + CHARACTERS
        return { end: most, from: most, lines: 1 }
      }
      if (at < 0) return null
      end = at
    }
    // its last line's end is the division
    return end + 1 < code.length ? { end, from: end + 1, lines: LINES } : null
  }

  private add(end: number, lines: number): void {
    const text = this.code.slice(this.start, end)
    this.pieces = [...this.pieces, { start: this.start, text, lines: lines === 0 ? text.split('\n').length : lines }]
  }
}
