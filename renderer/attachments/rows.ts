/** So long is a row at most, in UTF-16 units and in lines: what is in sight of a long file is drawn in a few of them. */
const [UNITS, LINES] = [4000, 40]

/** A text in rows that are cut after lines, or within those that are very long. Each begins where the one before ends. */
export function rowsOf(text: string): { start: number; end: number }[] {
  const rows: { start: number; end: number }[] = []
  for (let start = 0; start < text.length;) {
    let end = start
    for (let line = 0; line < LINES && end < text.length; line++) {
      const next = text.indexOf('\n', end)
      const after = next < 0 ? text.length : next + 1
      if (after - start > UNITS) break
      end = after
    }
    if (end === start) {
      end = start + UNITS
      if (/[\udc00-\udfff]/.test(text.charAt(end))) end -= 1
    }
    rows.push({ start, end })
    start = end
  }
  return rows
}
