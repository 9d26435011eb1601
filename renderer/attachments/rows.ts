/** So long is a row at most, in UTF-16 units and in lines: what is in sight of a long file is drawn in a few of them. */
const [UNITS, LINES] = [4000, 40]
/** So much stands in a line that is broken, more or less. */
const LETTERS = 90

interface TextRow {
  start: number
  end: number
  /** Lines that it is drawn in, more or less. */
  lines: number
}

/** A text in rows that are cut after lines, or within those that are very long. Each begins where the one before ends. */
export function rowsOf(text: string): TextRow[] {
  const rows: TextRow[] = []
  for (let start = 0; start < text.length;) {
    let end = start
    let lines = 0
    for (let line = 0; line < LINES && end < text.length; line++) {
      const next = text.indexOf('\n', end)
      const after = next < 0 ? text.length : next + 1
      if (after - start > UNITS) break
      lines += Math.max(1, Math.ceil((after - end - 1) / LETTERS))
      end = after
    }
    if (end === start) {
      end = start + UNITS
      lines = Math.ceil(UNITS / LETTERS)
      if (/[\udc00-\udfff]/.test(text.charAt(end))) end -= 1
    }
    rows.push({ start, end, lines })
    start = end
  }
  return rows
}
