import type { Row } from './bench.ts'

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** @param rows by the name of their bench */
export function results(rows: Readonly<Record<string, readonly Row[]>>): string {
  const lines = Object.entries(rows).flatMap(([name, own]) =>
    own.map(({ measured, unit, least, median, against }) => [
      name,
      measured,
      figure(least),
      figure(median),
      unit,
      against,
    ]),
  )
  return table(['bench', 'measured', 'least', 'median', 'unit', 'against'], lines)
}

/** Three digits that mean something. */
function figure(value: number): string {
  if (value === 0) return '0'
  return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))))
}
