import { expect, it } from 'vitest'
import { grammarOf } from '../../renderer/text/grammars.ts'
import { highlight } from '../../renderer/text/highlight.ts'

it.each([
  ['Python', 'python'],
  ['c++', 'cpp'],
  ['C#', 'csharp'],
  ['tsx', 'typescript'],
  ['toml', 'ini'],
  ['vue', 'xml'],
  ['sh', 'bash'],
])('knows what is called %s', (called, name) => {
  expect(grammarOf(called)?.name).toBe(name)
})

it('knows no others', () => {
  expect(grammarOf('')).toBeNull()
  expect(grammarOf('constructor')).toBeNull()
})

it('colours words of a grammar, and escapes what is code', async () => {
  const html = await highlight('fn main() { let a = "<b>"; }', 'rs')
  expect(html).toContain('<span class="hljs-keyword">let</span>')
  expect(html).toContain('&lt;b&gt;')
  expect(await highlight('a', 'no such language')).toBeNull()
})
