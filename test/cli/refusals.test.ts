import { truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { copyOfTiny, temporaryFolder } from '../models/support.ts'
import { command } from './support.ts'

const ask = command('models/cli/ask.ts')
const folder = temporaryFolder(afterAll)

/** A file in the tests' folder. */
function file(name: string, text: string): string {
  const place = path.join(folder, name)
  writeFileSync(place, text)
  return place
}

it.for<[what: string, args: string[], sentence: string]>([
  [
    'a budget of 900',
    ['--budget', '900', 'Hi'],
    'The budget must be between 0 and 100; 900 was given. (BUDGET_OUT_OF_RANGE',
  ],
  [
    'a budget below 0',
    ['--budget=-1', 'Hi'],
    'The budget must be between 0 and 100; -1 was given. (BUDGET_OUT_OF_RANGE',
  ],
  ['a budget that is no number', ['--budget', 'all', 'Hi'], '; all was given. (BUDGET_OUT_OF_RANGE'],
  ['a budget out of range later', ['--budget-at', '3:900', 'Hi'], '; 900 was given. (BUDGET_OUT_OF_RANGE'],
  [
    'a change of budget without its token',
    ['--budget-at', '40', 'Hi'],
    'written TOKEN:BUDGET, as in 30:100; 40 was given. (BAD_ARGUMENT',
  ],
  [
    'half a token',
    ['--max-tokens', '1.5', 'Hi'],
    '--max-tokens must be a whole number between 1 and 1000000; 1.5 was given. (BAD_ARGUMENT',
  ],
  [
    'a temperature of nothing',
    ['--temperature=', 'Hi'],
    'The temperature must be between 0 and 5; nothing was given. (BAD_ARGUMENT',
  ],
  ['top-p of 0', ['--top-p', '0', 'Hi'], '--top-p must be above 0 and at most 1; 0 was given. (BAD_ARGUMENT'],
  ['an unknown option', ['--depth', '3', 'Hi'], 'There is no option --depth; the options are --model,'],
  ['an option without its value', ['Hi', '--seed'], 'The option --seed was not understood: a value follows it'],
  [
    'an unknown device',
    ['--provider', 'npu', 'Hi'],
    'The provider must be one of auto, cpu, webgpu; npu was given. (BAD_ARGUMENT',
  ],
  ['no question', [], 'Say what to answer: npm run --silent ask -- "Tell me about the sea" (EMPTY_PROMPT)'],
  [
    'a folder that is not there',
    ['--model', '/there/is/none', 'Hi'],
    'There is no model folder at /there/is/none. (MODEL_NOT_FOUND)',
  ],
])('refuses %s', async ([, args, sentence]) => {
  const outcome = await ask(...args)
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(outcome.stderr).toContain(sentence)
  expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1)
})

it.for<[what: string, text: string, sentence: string]>([
  ['is no JSON', '[{', 'bad.json is not valid JSON. (BAD_ARGUMENT'],
  ['holds no list', '{"role": "user"}', 'bad.json must hold a list of {"role"'],
  ['has an unknown role', '[{"role": "cat", "content": "Meow"}]', 'and does not at 0.role. (BAD_ARGUMENT'],
  ['is empty', '[]', '(EMPTY_PROMPT)'],
])('refuses a message list that %s', async ([, text, sentence]) => {
  const outcome = await ask('--messages', file('bad.json', text))
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(outcome.stderr).toContain(sentence)
  expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1)
})

it('refuses a folder that holds no model', async () => {
  const outcome = await ask('--model', folder, 'Hi')
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(outcome.stderr).toMatch(/^The model folder lacks config\.json\. \(MODEL_NOT_FOUND.*\)\n$/)
})

it('refuses a cut model file', async () => {
  const model = copyOfTiny()
  truncateSync(path.join(model, 'model.safetensors'), 1_000_000)
  const outcome = await ask('--model', model, 'Hi')
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(outcome.stderr).toMatch(/^The weights file model\.safetensors is cut: .*\(MODEL_WEIGHTS.*\)\n$/)
})

it('refuses a prompt beyond the context', async () => {
  const outcome = await ask('word '.repeat(2000))
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(outcome.stderr).toMatch(/this model reads 1023 at most\. Shorten the message.*\(PROMPT_TOO_LONG\)\n$/)
})
