/** One of everything that an answer may hold. */
export const RICH = `# What an answer may hold

Euler: $e^{i\\pi} + 1 = 0$, and \\(a^2 + b^2 = c^2\\); it costs $5 and $10. Broken: $\\frac{a}{$ and code \`$x$\`.

$$
\\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx = \\sqrt{\\pi}
\\qquad
\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}
$$

1. With *emphasis*, **strong words** and a [link](https://example.org/x).
2. Second:
   - [x] done
   - [ ] not yet

| Model | Parameters | Words that are long | Loss | Description of the thing | Another column |
|:--|--:|:-:|--:|---|---|
| Depthwise Small | 12,400,000 | internationalisation | 2.07 | A model whose router decides for each token how deep it goes | incomprehensibilities |
| Other | 7 | short | 1.9 | $x^2$ in \`code\` | antidisestablishmentarianism |

> A quotation with \\(x_1\\)
> over two lines.

\`\`\`rust
fn main() {
    let depth: usize = 3; // one pass
    println!("{depth}");
}
\`\`\`

\`\`\`dockerfile
FROM node:24
RUN npm ci
\`\`\`
`

const line = (index: number): string => `Line ${index + 1} says something short, and no more than that.`

const LONG: Readonly<Record<string, (count: number) => string>> = {
  blocks: (count) => all(count, line, '\n\n'),
  list: (count) => all(count, (index) => `- ${line(index)}`, '\n'),
  paragraph: (count) => all(count, line, ' '),
  lines: (count) => all(count, line, '\n'),
  table: (count) => `| a | b |\n|---|---|\n${all(count, (index) => `| ${index} | ${line(index)} |`, '\n')}`,
  code: (count) => `\`\`\`js\n${all(count, (index) => `console.log(${index}, "${line(index)}")`, '\n')}\n\`\`\``,
}

/** A long answer: `kind` is blocks, list, paragraph, lines, table or code. */
export const longAnswer = (kind: string, count: number): string => LONG[kind]?.(count) ?? ''

function all(count: number, of: (index: number) => string, between: string): string {
  return Array.from({ length: count }, (_, index) => of(index)).join(between)
}
