import path from 'node:path'

export const BUILT_IN = path.join(import.meta.dirname, '../../models/default')

export interface Bench {
  title: string
  /** Measures and gives a Markdown table. */
  run(args: readonly string[]): Promise<string>
}

/** Runs the contestants in turn, again and again, so that a busy moment of the machine meets them all. */
export async function interleaved(
  contestants: Record<string, () => Promise<number>>,
  repeats: number,
): Promise<Record<string, { least: number; median: number }>> {
  const times: Record<string, number[]> = {}
  for (const run of Object.values(contestants)) await run()
  for (let i = 0; i < repeats; i++) {
    for (const [name, run] of Object.entries(contestants)) (times[name] ??= []).push(await run())
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, list]) => {
      const sorted = list.toSorted((a, b) => a - b)
      return [name, { least: sorted[0]!, median: sorted[sorted.length >> 1]! }]
    }),
  )
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
