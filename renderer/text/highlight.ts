import highlighter from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import c from 'highlight.js/lib/languages/c'
import cpp from 'highlight.js/lib/languages/cpp'
import css from 'highlight.js/lib/languages/css'
import java from 'highlight.js/lib/languages/java'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import rust from 'highlight.js/lib/languages/rust'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import { trusted } from './trusted.ts'

const LANGUAGES = { bash, c, cpp, css, java, javascript, json, python, rust, sql, typescript, xml }
for (const [name, language] of Object.entries(LANGUAGES)) highlighter.registerLanguage(name, language)

const LONGEST = 50_000

/** Code as HTML with a class on each word of its grammar, or null where the language is unknown. */
export function highlight(code: string, language: string): string | null {
  if (code.length > LONGEST || !highlighter.getLanguage(language)) return null
  return trusted(highlighter.highlight(code, { language, ignoreIllegals: true }).value)
}
