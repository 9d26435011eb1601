import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import { denseLlama } from '../convert/support.ts'
import { editJson, copyOfTiny, endlessModel, temporaryFolder } from '../models/support.ts'
import { command, lastJson } from './support.ts'

const ask = command('models/cli/ask.ts')
const folder = temporaryFolder(afterAll)
const greedy = ['--seed', '1', '--temperature', '0']
let endless: string

beforeAll(() => {
  endless = endlessModel(afterAll)
})

const FIELDS = [
  'text',
  'token_ids',
  'depths',
  'finish_reason',
  'budget_asked',
  'budget_realised',
  'mean_depth',
  'prompt_tokens',
  'tokens',
  'ttft_ms',
  'tokens_per_second',
  'device',
  'model',
  'seed',
]

describe('an answer', () => {
  it('streams, and is told whole on the last line', async () => {
    const most = ['--max-tokens', '200', '--budget', '100']
    const outcome = await ask('Do you like dogs?', ...greedy, '--model', endless, ...most, '--json')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.pieces).toBeGreaterThan(5)
    const result = lastJson(outcome)
    expect(Object.keys(result)).toEqual(FIELDS)
    const { text, token_ids: ids, depths } = result as { text: string; token_ids: number[]; depths: number[] }
    expect(outcome.stdout.startsWith(`${text}\n{`)).toBe(true)
    expect(ids).toHaveLength(200)
    expect(depths).toHaveLength(200)
    expect(depths.every((depth) => depth >= 1 && depth <= 3)).toBe(true)
    const mean = depths.reduce((sum, depth) => sum + depth, 0) / depths.length
    expect(result.mean_depth).toBeCloseTo(mean, 9)
    expect(result).toMatchObject({ finish_reason: 'length', budget_asked: 100, tokens: 200, device: 'cpu', seed: 1 })
    expect(result.budget_realised).toBeCloseTo(100, 6)
    for (const field of ['prompt_tokens', 'ttft_ms', 'tokens_per_second']) expect(result[field]).toBeGreaterThan(0)
  })

  it('has the first budget and the most tokens of its model where nothing is asked', async () => {
    const model = endlessModel()
    editJson(model, 'generation_config.json', (config) => (config.max_new_tokens = 7))
    const unmeasured = copyOfTiny()
    editJson(unmeasured, 'calibration.json', (calibration) => {
      for (const row of calibration.budgets as Record<string, unknown>[]) delete row.nll
    })
    const [measured, plain, dense] = await Promise.all([
      ask('Hello!', '--model', model, '--json'),
      ask('Hello!', '--model', unmeasured, '--max-tokens', '3', '--json'),
      ask('Hello!', '--model', denseLlama(2, 4096, true), '--max-tokens', '3', '--json'),
    ])
    // calibration.json: 2.8199 at 35 and 2.8107 at 90, which is the best
    expect(lastJson(measured)).toMatchObject({ budget_asked: 35, tokens: 7, finish_reason: 'length' })
    expect(lastJson(plain)).toMatchObject({ budget_asked: 100 })
    expect(lastJson(dense)).toMatchObject({ budget_asked: 100, budget_realised: null, mean_depth: 1 })
  })

  it('goes on with a text as it is, which a model without a chat template can do alone', async () => {
    const bare = copyOfTiny()
    editJson(bare, 'tokenizer_config.json', (config) => delete config.chat_template)
    const most = ['--max-tokens', '5', '--json', '--model', bare]
    const [text, refused, both] = await Promise.all([
      ask('--raw', 'Once upon a time', ...greedy, ...most),
      ask('Once upon a time', ...most),
      ask('--raw', 'Once', '--messages', 'none.json', ...most),
    ])
    const prompt = new ModelTokenizer(bare, 4096).encodeText('Once upon a time')
    expect(lastJson(text)).toMatchObject({ prompt_tokens: prompt.length })
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('with --raw it goes on') as string })
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('takes no --messages') as string })
  })

  it('says nothing but the text without --json', async () => {
    const [plain, told] = await Promise.all([
      ask('Tell me a joke.', ...greedy),
      ask('Tell me a joke.', ...greedy, '--json'),
    ])
    expect(plain).toMatchObject({ code: 0, stderr: '', stdout: `${String(lastJson(told).text)}\n` })
  })

  it('is the same for the same seed, and another for another', async () => {
    const warm = ['Tell me a story.', '--model', endless, '--max-tokens', '40', '--temperature', '1', '--json']
    const outcomes = await Promise.all(['7', '7', '8'].map((seed) => ask(...warm, '--seed', seed)))
    const [first, again, other] = outcomes.map((outcome) => lastJson(outcome).token_ids)
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('takes a change of budget from the token that it names', async () => {
    const steps = ['--budget', '0', '--budget-at', '10:100', '--budget-at', '20:0', '--max-tokens', '30', '--json']
    const { depths } = lastJson(await ask('Tell me about the sea.', ...greedy, '--model', endless, ...steps))
    expect(depths).toEqual([...Array<number>(10).fill(1), ...Array<number>(10).fill(3), ...Array<number>(10).fill(1)])
  })

  it('ends at a stop string, which is not part of it', async () => {
    const args = ['Tell me about the sea.', ...greedy, '--model', endless, '--max-tokens', '40', '--json']
    const { text } = lastJson(await ask(...args))
    const stop = String(text).slice(8, 14)
    const stopped = lastJson(await ask(...args, '--stop', stop))
    expect(stopped).toMatchObject({ finish_reason: 'stop', text: String(text).slice(0, String(text).indexOf(stop)) })
  })

  it('answers a list of messages, and a question behind it', async () => {
    const turns = [
      { role: 'user', content: 'Do you like dogs?' },
      { role: 'assistant', content: 'Yes, I do.' },
      { role: 'user', content: 'And cats?' },
    ]
    const file = path.join(folder, 'messages.json')
    const shorter = path.join(folder, 'shorter.json')
    writeFileSync(file, JSON.stringify(turns))
    writeFileSync(shorter, JSON.stringify(turns.slice(0, 2)))
    const outcomes = await Promise.all([
      ask('--messages', file, ...greedy, '--json'),
      ask('--messages', shorter, 'And cats?', ...greedy, '--json'),
      ask('And cats?', ...greedy, '--json'),
    ])
    const [whole, joined, alone] = outcomes.map(lastJson)
    expect(joined!.token_ids).toEqual(whole!.token_ids)
    expect(joined!.prompt_tokens).toBe(whole!.prompt_tokens)
    expect(whole!.prompt_tokens).toBeGreaterThan(alone!.prompt_tokens as number)
  })

  it('comes from the model that is named', async () => {
    const model = copyOfTiny()
    editJson(model, 'config.json', (config) => (config.name = 'Another'))
    expect(lastJson(await ask('Hello!', '--model', model, '--max-tokens', '3', '--json')).model).toBe('Another')
  })
})
