import { diffArrays } from 'diff'

/** A stretch of two texts: of both, or of one of them alone. */
export interface Difference {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** Milliseconds. Texts that share next to nothing take longer than that, and marks would say nothing there. */
const PATIENCE = 400
/** What both have between two differences is one only if it has so many letters: else the marks are confetti. */
const LEAST_SHARED = 4

const splitter = new Intl.Segmenter(undefined, { granularity: 'word' })
const pieces = (text: string): string[] => Array.from(splitter.segment(text), ({ segment }) => segment)

/**
 * What became of `before` in `after`, word by word: without what was added the texts are the first, without what was
 * removed the second. null where they share too little to be marked.
 */
export function differencesOf(before: string, after: string): Difference[] | null {
  const changes = diffArrays(pieces(before), pieces(after), { timeout: PATIENCE }) as
    { value: string[]; added?: boolean; removed?: boolean }[] | undefined
  if (!changes) return null
  const all = changes.map(({ value, added, removed }): Difference => {
    return { kind: added ? 'added' : removed ? 'removed' : 'same', text: value.join('') }
  })
  return joined(all)
}

/** Runs of changes as one removal and one addition, over what is too short between them to count as shared. */
function joined(all: readonly Difference[]): Difference[] {
  const result: Difference[] = []
  let [removed, added] = ['', '']
  const close = (): void => {
    if (removed !== '') result.push({ kind: 'removed', text: removed })
    if (added !== '') result.push({ kind: 'added', text: added })
    removed = added = ''
  }
  for (const [index, { kind, text }] of all.entries()) {
    if (kind === 'same' && !isBridge(all, index)) {
      close()
      result.push({ kind, text })
      continue
    }
    if (kind !== 'added') removed += text
    if (kind !== 'removed') added += text
  }
  close()
  return result
}

function isBridge(all: readonly Difference[], index: number): boolean {
  const letters = all[index]!.text.replaceAll(/[^\p{L}\p{N}]/gu, '').length
  const between = index > 0 && index < all.length - 1
  return between && letters < LEAST_SHARED && !all[index]!.text.includes('\n\n')
}
