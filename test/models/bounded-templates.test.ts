import { expect, it } from 'vitest'
import { ChatTemplate } from '../../models/formats/chat-template.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { TINY } from './support.ts'

const CONTEXT = 512
const SAY = [{ role: 'user', content: 'Hello' }] as const

/** Characters that were made in all, as the memory that they took. */
function render(text: string, turns: readonly { role: 'user'; content: string }[] = SAY): string {
  return new ChatTemplate(text, CONTEXT).render(turns, {})
}

const DOUBLED = `{% set ns = namespace(t='abcdefgh') %}{% for i in range(22) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}`
const LONG = `{% set ns = namespace(t='abcdefgh') %}{% for i in range(12) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}`
const LISTS = `{% set ns = namespace(t=['abcdefgh']) %}{% for i in range(16) %}{% set ns.t = ns.t + ns.t %}{% endfor %}`
const NESTED = `{% set ns = namespace(t='abcdefgh') %}{% for i in range(40) %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}`

it.each([
  ['a text doubled again and again', `${DOUBLED}{{ ns.t }}`],
  ['a text doubled and never written', DOUBLED],
  ['a loop that writes a long text', `${LONG}{% for i in range(100000) %}{{ ns.t }}{% endfor %}`],
  ['loops in one another', `{% for i in range(1000) %}{% for j in range(1000) %}ab{% endfor %}{% endfor %}`],
  ['a macro', `{% macro m(t) %}{{ t }}{{ t }}{% endmacro %}${LONG}{% for i in range(9000) %}{{ m(ns.t) }}{% endfor %}`],
  ['a replacement between all letters', `${LONG}{{ ns.t.replace('', ns.t) }}`],
  ['a replacement by a filter', `${LONG}{{ ns.t | replace('a', ns.t) }}`],
  ['a replacement under another name', `${LONG}{% set f = ns.t.replace %}{{ f('a', ns.t) }}`],
  ['a replacement with spread arguments', `${LONG}{% set a = ['a', ns.t] %}{{ ns.t.replace(*a) }}`],
  ['a join with a long text', `${LONG}{{ ns.t | join(ns.t) }}`],
  ['a join with spread arguments', `${LONG}{% set a = [ns.t] %}{{ ns.t | join(*a) }}`],
  [
    'a join of long texts',
    `${LONG}{% set l = [ns.t] * 1 if false else [ns.t, ns.t, ns.t, ns.t, ns.t] %}{{ l | join }}`,
  ],
  ['an indent', `{{ 'a\nb' | indent(100000000) }}`],
  ['an indent by name', `{{ 'a\nb' | indent(width=100000000) }}`],
  ['an indent of a block', `{% filter indent(100000000) %}a\nb{% endfilter %}`],
  ['JSON with wide margins', `{{ [1, 2] | tojson(indent=100000000) }}`],
  ['a list of lists of lists as JSON', `${NESTED}{{ ns.t | tojson }}`],
  ['a list of lists of lists, written', `${NESTED}{{ ns.t }}`],
  ['a list of lists of lists, joined to a text', `${NESTED}{% set t = ns.t ~ 'x' %}`],
  ['a list doubled again and again', `${LISTS}{{ ns.t | join(', ') }}`],
])('a template that makes too much is given up before it is made: %s', (_name, template) => {
  const before = process.memoryUsage().rss
  expect(() => render(template)).toThrow(/^it writes more than \d+ characters$/)
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6)
})

it('what templates do to a long conversation is allowed', () => {
  const content = 'Once upon a time there was a dog. '.repeat(30_000)
  const turns = [{ role: 'user', content } as const]
  const usual = `{% for m in messages %}<|{{ m.role }}|>{% set c = m.content | trim %}{% if '</think>' in c %}x{% endif %}{{ c.replace('dog', 'cat') + '<|end|>' }}{% endfor %}`
  expect(render(usual, turns)).toBe(`<|user|>${content.trim().replaceAll('dog', 'cat')}<|end|>`)
  expect(render(`{{ messages | tojson }}`, turns)).toBe(
    JSON.stringify(turns).replaceAll('":', '": ').replaceAll(',"', ', "'),
  )
  const text = '{{ messages[0].content | upper | indent(2) }}'
  expect(render(text, turns)).toBe(content.toUpperCase())
})

it('tokenising stops at the context: of a million characters hardly any are read', () => {
  const bounded = new ModelTokenizer(TINY, 4096, null, CONTEXT)
  const whole = new ModelTokenizer(TINY, 4096)
  for (const piece of ['Once upon a time there was a dog. ', 'a', '🌊', '<|end|> and <|user|> ']) {
    const content = piece.repeat(Math.ceil(1e6 / piece.length))
    const { ids } = bounded.encodePrompt([{ role: 'user', content }], { on: false, keep: false })
    expect(ids.length).toBeGreaterThan(CONTEXT)
    expect(ids.length).toBeLessThan(40_000)
    expect(bounded.encodeRaw(content).length).toBeLessThan(40_000)
    expect(bounded.encodeRaw(content).length).toBeGreaterThan(CONTEXT)
  }
  // what fits is read as ever, however many characters it takes
  const short = new ModelTokenizer(TINY, 4096, null, 6000)
  const content = `  Once upon   a time.\n${' '.repeat(9000)}The end — 🌊.`
  const turns = [{ role: 'user', content } as const]
  const fits = whole.encodeChat(turns, true)
  expect(fits.length).toBeLessThan(20_000)
  const roomy = new ModelTokenizer(TINY, 4096, null, fits.length)
  expect(roomy.encodeChat(turns, true)).toEqual(fits)
  expect(short.encodeChat(turns, true).length).toBeGreaterThan(Math.min(6000, fits.length - 1))
})
