/** What stands in the braces of a sentence, by name; whole numbers and decimals are written as the language has it. */
type Values = Readonly<Record<string, string>>

/**
 * What the host and the library say in English, each sentence with what it is in another language. A part in braces
 * stands for any text, and is put where the other sentence has the same braces.
 */
export type Told = Readonly<Record<string, string | ((values: Values) => string)>>

export interface Translator {
  /** What a text says; sentences of it that are not known stay English. */
  say: (text: string) => string
  /** null where a sentence of it is not known. */
  sayWhole: (text: string) => string | null
}

/** Values that are no numbers, even where they look like one. */
const NAMES = /^(?:file|model|name|repository|status|type|why)$/

/** Longer texts are none that the host or the library say. */
const LONGEST = 4000

export function translator(told: Told, locale: string): Translator {
  const patterns = () => Object.entries(told).map(([english, say]) => ({ pattern: patternOf(english), say }))
  let sentences: ReturnType<typeof patterns> | undefined

  /** The sentence that begins at `from`, and where it ends. */
  function sentence(text: string, from: number): { said: string; end: number; known: boolean } {
    for (const { pattern, say } of (sentences ??= patterns())) {
      pattern.lastIndex = from
      const found = pattern.exec(text)
      if (!found) continue
      const values: Values = Object.fromEntries(
        Object.entries(found.groups ?? {}).map(([name, value]) => [
          name,
          NAMES.test(name) ? value : inLocale(value, locale),
        ]),
      )
      return { said: typeof say === 'string' ? filled(say, values) : say(values), end: pattern.lastIndex, known: true }
    }
    UNKNOWN.lastIndex = from
    const said = UNKNOWN.exec(text)?.[0] ?? text.slice(from)
    return { said, end: from + said.length, known: false }
  }

  function sentencesOf(text: string): { said: string; known: boolean }[] {
    if (text.length > LONGEST) return [{ said: text, known: false }]
    const all = []
    let from = 0
    while (from < text.length) {
      const next = sentence(text, from)
      all.push(next)
      from = next.end
      while (text[from] === ' ') from++
    }
    return all
  }

  const joined = (all: readonly { said: string }[]): string => all.map(({ said }) => said).join(' ')
  return {
    say: (text) => joined(sentencesOf(text)),
    sayWhole(text) {
      const all = sentencesOf(text)
      return all.every(({ known }) => known) ? joined(all) : null
    },
  }
}

const UNKNOWN = /.+?[.!?](?= |$)|.+/sy

function patternOf(english: string): RegExp {
  const parts = english.split(/\{(\w+)\}/)
  const source = parts.map((part, index) => (index % 2 === 0 ? literal(part) : `(?<${part}>.+?)`)).join('')
  return new RegExp(`${source}(?= |$)`, 'sy')
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const filled = (sentence: string, values: Values): string =>
  sentence.replace(/\{(\w+)\}/g, (braces, name: string) => values[name] ?? braces)

function inLocale(value: string, locale: string): string {
  const digits = /^\d+(?:\.(\d+))?$/.exec(value)
  if (!digits) return value
  const count = digits[1]?.length ?? 0
  return Number(value).toLocaleString(locale, { minimumFractionDigits: count, maximumFractionDigits: count })
}
