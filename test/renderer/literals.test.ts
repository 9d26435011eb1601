import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'svelte/compiler'
import { expect, it } from 'vitest'

const ROOT = path.join(import.meta.dirname, '../../renderer')
/** Attributes that a person reads or hears; of components, those by which they are given. */
const SPOKEN =
  /^(aria-(label|valuetext|description|roledescription)|title|placeholder|alt|label|hint|about|back|keep|remove)$/
/** Names of programs, licences and files, which are the same in every language. */
const NAMES = new Set([
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
/** Not yet in a catalogue. */
const TO_COME = /^(models|budget|composer|chat|text)\//

interface Node {
  type: string
  data?: string
  name?: string
  value?: unknown
  start: number
}

/** Every literal of a component that is read or heard. */
function literals(source: string): { text: string; start: number }[] {
  const found: { text: string; start: number }[] = []
  const walk = (node: unknown, within: string): void => {
    if (Array.isArray(node)) for (const each of node) walk(each, within)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    const { type, name = '', data = '', start } = node as Node
    const spoken = type === 'Attribute' ? (SPOKEN.test(name) ? 'spoken' : 'silent') : within
    if (type === 'Text' && spoken !== 'silent' && /\p{L}/u.test(data)) found.push({ text: data.trim(), start })
    if (type === 'Literal' && within === 'expression') {
      const { value } = node as Node
      if (typeof value === 'string' && /^\p{Lu}.*\p{L}|\p{L}.* \p{L}/u.test(value)) found.push({ text: value, start })
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'instance' && key !== 'css') walk(child, spoken)
  }
  walk(parse(source, { modern: true }).fragment, '')
  return found
}

it.each(globSync('**/*.svelte', { cwd: ROOT }).filter((file) => !TO_COME.test(file)))(
  'all that a person reads in %s stands in a catalogue',
  (file) => {
    const source = readFileSync(path.join(ROOT, file), 'utf8')
    const places = literals(source).filter(({ text }) => !NAMES.has(text))
    expect(places.map(({ text, start }) => `${source.slice(0, start).split('\n').length}: ${text}`)).toEqual([])
  },
)
