import { words } from '../language/language.svelte.ts'

const LONGEST = 80
/** Not in the name of a file on one system or another; nor are control characters. */
const FORBIDDEN = /[\\/:*?"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu
/** Names of devices on Windows, with any ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** A title as the name of a file on any system, without an ending. */
export function fileNameOf(title: string): string {
  const name = Array.from(title.replaceAll(FORBIDDEN, ' ').replaceAll(/\s+/g, ' ').trim())
    .slice(0, LONGEST)
    .join('')
    .replaceAll(/^[.\s]+|[.\s]+$/g, '')
  if (name === '') return words().exchange.untitledFile
  return RESERVED.test(name) ? `${name}_` : name
}

/** Names that differ, also where the case of letters does not count. */
export class FileNames {
  private readonly taken = new Set<string>()

  take(title: string, ending: string): string {
    const base = fileNameOf(title)
    for (let number = 1; ; number++) {
      const name = `${base}${number === 1 ? '' : ` (${number})`}${ending}`
      if (this.taken.has(name.toLowerCase())) continue
      this.taken.add(name.toLowerCase())
      return name
    }
  }
}
