import highlighter from 'highlight.js/lib/core'
import { grammarOf } from './grammars.ts'
import { trusted } from './trusted.ts'

const LONGEST = 50_000

/** Code as HTML with a class on each word of its grammar, or null where there is no grammar for it or it is very long. */
export async function highlight(code: string, language: string): Promise<string | null> {
  const grammar = code.length > LONGEST ? null : grammarOf(language)
  if (!grammar) return null
  if (!highlighter.getLanguage(grammar.name)) {
    highlighter.registerLanguage(grammar.name, (await grammar.load()).default)
  }
  return trusted(highlighter.highlight(code, { language: grammar.name, ignoreIllegals: true }).value)
}
