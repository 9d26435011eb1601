import { describe, expect, it } from 'vitest'
import { markdown } from '../../renderer/text/markdown.ts'
import { findMath } from '../../renderer/text/math.ts'

const texOf = (source: string) => [...markdown.render(source).matchAll(/data-tex="([^"]*)"/g)].map(([, tex]) => tex)

describe('formulas', () => {
  it.each([
    ['so \\(a^2\\) is', ['a^2']],
    ['so $a_1 * b_2 * c$ is', ['a_1 * b_2 * c']],
    ['so $$x$$ and \\[y\\]', ['x', 'y']],
    ['$$\na\n- b\n$$\nmore', ['a\n- b']],
    ['text:\n\\[\n\\frac{1}{2}\n\\]\nmore', ['\\frac{1}{2}']],
    ['- item\n  $$\n  y\n  $$', ['y']],
    ['> $$\n> y\n> $$', ['y']],
    ['| $x$ |\n|---|\n| \\(y\\) |', ['x', 'y']],
    ['$\\$5$', ['\\$5']],
    ['$2 + 3$', ['2 + 3']],
    ['$7$', ['7']],
  ])('are found in %j', (source, tex) => {
    expect(texOf(source)).toEqual(tex)
  })

  it.each([
    'It costs $5 and $10.',
    'From $5 to $10, or 20$.',
    'between $20 and 30$',
    'US$5 or US$6',
    '$HOME and $PATH',
    '`$x$` and `\\(x\\)`',
    '```\n$x$\n\\[y\\]\n```',
    '    $$x$$',
    '\\$5 and \\$6',
    'a $ b $ c',
    '$$$$',
  ])('are not seen in %j', (source) => {
    expect(markdown.render(source)).not.toContain('class="math')
  })

  it('show their source until they end, as it stands', () => {
    expect(markdown.render('so \\(a_1 * b_')).toBe('<p>so <span class="math">\\(a_1 * b_</span></p>\n')
    expect(markdown.render('$$\n\\frac{a}{\n- b')).toBe('<div class="math display">$$\n\\frac{a}{\n- b</div>\n')
    expect(markdown.render('$$\nhalf\n\nnext')).toContain('<p>next</p>')
  })

  it('are escaped', () => {
    expect(markdown.render('$x<b>"$')).toBe(
      '<p><span class="math" data-tex="x&lt;b&gt;&quot;">$x&lt;b&gt;&quot;$</span></p>\n',
    )
  })

  it('end at the delimiter that is not escaped', () => {
    expect(findMath('$a\\$b$ c', 0)).toMatchObject({ tex: 'a\\$b', end: 6 })
  })
})

describe('task lists', () => {
  it('have boxes that cannot be ticked', () => {
    expect(markdown.render('- [x] a\n- [ ] b\n- [y] c')).toBe(
      '<ul dir="auto">\n<li class="task"><input type="checkbox" disabled checked aria-label="Done"> a</li>\n' +
        '<li class="task"><input type="checkbox" disabled aria-label="To do"> b</li>\n<li>[y] c</li>\n</ul>\n',
    )
  })
})

describe('tables', () => {
  it('are aligned by classes', () => {
    const html = markdown.render('| a | b | c |\n|:-:|--:|---|\n| 1 | 2 | 3 |')
    expect(html).not.toContain('style=')
    expect(html).toContain('<td class="align-center">1</td>\n<td class="align-right">2</td>\n<td>3</td>')
  })
})
