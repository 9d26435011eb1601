import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryFolder } from '../models/support.ts'
import { command, lastJson } from './support.ts'

const score = command('models/cli/score.ts')
const folder = temporaryFolder(afterAll)

/** Writes texts, a line each. */
function texts(...lines: unknown[]): string {
  const file = path.join(folder, `${Math.random()}.jsonl`)
  writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return file
}

const chat = (user: string, assistant: string): unknown => ({
  messages: [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ],
})

const FEW = [
  chat(
    'What is your favorite season?',
    'I like spring. The flowers bloom, the days grow longer, and it is not too hot to go for a walk in the park.',
  ),
  chat('Do you like dogs?', 'Yes, I like dogs. They are loyal friends, and they are always happy when you come home.'),
  chat('What does the word "river" mean?', 'A river is a large stream of water that flows to the sea or to a lake.'),
  {
    text: 'The sea is a large body of salt water. Many animals live in the sea, and people use boats to travel over it.',
  },
]

it('tells the loss of texts at a budget; more budget is less loss, and what is asked is what is spent', async () => {
  const file = texts(...FEW)
  const scored: { nll: number; share: number }[] = []
  for (const budget of [0, 50, 100]) {
    const outcome = await score('--texts', file, '--budget', String(budget), '--json')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    const result = lastJson(outcome)
    expect(result).toMatchObject({ budget_asked: budget, share_asked: budget / 100, texts: 4, device: 'cpu' })
    expect(result.mean_depth).toBeCloseTo(1 + 2 * (result.share_realised as number), 1)
    expect(result.budget_realised).toBeCloseTo(100 * (result.share_realised as number), 9)
    expect(result.tokens).toBeGreaterThan(100)
    expect(result.tokens_per_second).toBeGreaterThan(0)
    scored.push({ nll: result.nll as number, share: result.share_realised as number })
  }
  const [none, half, whole] = scored
  expect(none!.nll).toBeLessThan(6)
  expect(whole!.nll).toBeLessThan(none!.nll)
  expect(none!.share).toBe(0)
  expect(Math.abs(half!.share - 0.5)).toBeLessThanOrEqual(0.05)
  expect(whole!.share).toBe(1)
})

it('reads no more than it is told to, and tells a person without --json', async () => {
  const file = texts(...FEW, '')
  const [limited, short] = await Promise.all([
    score('--texts', file, '--limit', '1'),
    score('--texts', file, '--max-chars', '90', '--json'),
  ])
  expect(limited.stdout).toMatch(/^texts +1$/m)
  expect(limited.stdout).toMatch(/^budget_asked +100$/m)
  expect(lastJson(short).texts).toBe(2)
})

it.for<[what: string, lines: unknown[], sentence: string]>([
  ['a line that is no JSON', [FEW[0], '', '{'], ':3 is neither {"messages": […]} nor {"text": "…"}. (BAD_ARGUMENT'],
  ['a line of another shape', [FEW[0], { words: 'none' }], ':2 is neither'],
  ['an unknown role', [{ messages: [{ role: 'cat', content: 'Meow' }] }], ':1 is neither'],
  ['a file without texts', [''], 'There is nothing to score in'],
  ['texts too short to predict anything', [{ text: '' }], 'There is nothing to score in'],
])('refuses %s', async ([, lines, sentence]) => {
  const outcome = await score('--texts', texts(...lines))
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(outcome.stderr).toContain(sentence)
  expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1)
})

it('refuses a command line that it does not understand', async () => {
  for (const [args, sentence] of [
    [[], 'Say which texts to score: --texts FILE (BAD_ARGUMENT'],
    [['--texts', '/there/is/none'], 'The texts /there/is/none cannot be read. (BAD_ARGUMENT'],
    [['--texts', texts(), '--limit', '0'], 'The limit must be a whole number, at least 1; 0 was given. (BAD_ARGUMENT'],
    [
      ['--budget', '900', '--texts', texts()],
      'The budget must be between 0 and 100; 900 was given. (BUDGET_OUT_OF_RANGE',
    ],
    [[texts()], 'was not expected here. (BAD_ARGUMENT'],
  ] as const) {
    const outcome = await score(...args)
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toContain(sentence)
  }
})
