import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'svelte/compiler'
import ts from 'typescript'
import { expect, it } from 'vitest'

const ROOT = path.join(import.meta.dirname, '../../renderer')
/** Attributes that a person reads or hears; of components, those by which they are given. */
const SPOKEN =
  /^(aria-(label|valuetext|description|roledescription)|title|placeholder|alt|label|hint|about|back|keep|remove)$/
/** Names of programs, licences and files, which are the same in every language. */
const NAMES = new Set([
  'HuggingFaceTB/SmolLM2-360M-Instruct',
  'hf_…',
  'main',
  'conversations',
  'conversations….json',
  '….conversation.json',
  'Depthwise',
  'Electron',
  'Node',
  'ONNX Runtime',
  ', Chromium',
  'ChatGPT',
  'LM Studio',
  'Apache-2.0',
])

interface Node {
  type: string
  data?: string
  name?: string
  value?: unknown
  start: number
}

/** A word on its own begins with a capital letter where a person reads it; in code it does not. */
const READ = /^\p{Lu}\p{L}|\p{L}{2} \p{L}{2}/u

/** Every literal of a component that is read or heard. */
function literals(source: string): { text: string; start: number }[] {
  const found: { text: string; start: number }[] = []
  const walk = (node: unknown, within: string): void => {
    if (Array.isArray(node)) for (const each of node) walk(each, within)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    const { type, name = '', data = '', value, start } = node as Node
    const silent = type === 'StyleDirective' || (type === 'Attribute' && !SPOKEN.test(name))
    const now = silent ? 'silent' : type === 'ExpressionTag' && within === '' ? 'expression' : within
    if (type === 'Text' && now === '' && /\p{L}/u.test(data)) found.push({ text: data.trim(), start })
    if (now === 'expression' && type === 'Literal' && typeof value === 'string' && READ.test(value))
      found.push({ text: value, start })
    if (now === 'expression' && type === 'TemplateElement') {
      const { raw } = value as { raw: string }
      if (READ.test(raw)) found.push({ text: raw.trim(), start })
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'value' || type === 'Attribute') walk(child, now)
  }
  walk(parse(source, { modern: true }).fragment, '')
  return found
}

/** Selectors, classes, and what stands in attributes of HTML. */
const MARKUP = /^(main button|noopener noreferrer|prose copying|p, li, .*)$|[<>[\]=]/
/** Names of programming languages. */
const NOT_READ = 'text/grammars.ts'

/** Every literal of the code that reads like a sentence, or like the beginning of one. */
function sentences(code: string): { text: string; start: number }[] {
  const found: { text: string; start: number }[] = []
  const visit = (node: ts.Node): void => {
    // for whoever looks for a mistake in the app
    if (ts.isCallExpression(node) && node.expression.getText().startsWith('console.')) return
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
    if (
      isText &&
      !ts.isImportDeclaration(node.parent) &&
      /\p{L}{2},? \p{L}{2}/u.test(node.text) &&
      !MARKUP.test(node.text)
    )
      found.push({ text: node.text.trim(), start: node.getStart() })
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('', code, ts.ScriptTarget.Latest, true))
  return found
}

it.each(globSync('**/*.svelte', { cwd: ROOT }))('all that a person reads in %s stands in a catalogue', (file) => {
  const source = readFileSync(path.join(ROOT, file), 'utf8')
  const places = literals(source).filter(({ text }) => !NAMES.has(text))
  expect(places.map(({ text, start }) => `${source.slice(0, start).split('\n').length}: ${text}`)).toEqual([])
})

it('no code outside of the catalogues holds a sentence', () => {
  const files = globSync('**/*.{svelte,ts}', { cwd: ROOT }).filter(
    (file) => !file.startsWith('language/') && file !== NOT_READ,
  )
  const places = files.flatMap((file) => {
    const source = readFileSync(path.join(ROOT, file), 'utf8')
    const code = file.endsWith('.svelte') ? (/<script[^>]*>(.*?)<\/script>/s.exec(source)?.[1] ?? '') : source
    return sentences(code).map(({ text }) => `${file}: ${text}`)
  })
  expect(places).toEqual([])
})
