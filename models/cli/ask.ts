import { existsSync, realpathSync } from 'node:fs'
import { randomInt } from 'node:crypto'
import * as v from 'valibot'
import { readJson } from '../formats/json.ts'
import { DepthwiseError } from '../common/errors.ts'
import type { Sampling, Thinking, Turn } from '../common/values.ts'
import {
  BudgetSchema,
  DEFAULT_THINKING,
  SamplingSchema,
  SeedSchema,
  ThinkingSchema,
  TurnSchema,
} from '../common/values.ts'
import { Engine } from '../runtime/engine.ts'
import type { Generation } from '../runtime/generation.ts'
import { command } from './command.ts'
import { loadForCommand } from './load.ts'
import { loadRequest, MODEL_OPTIONS, numberOption, oneOf, parseCommandLine, tellDevice } from './options.ts'

const { entries } = SamplingSchema

interface BudgetStep {
  token: number
  budget: number
}

const HELP = `
npm run --silent ask -- "Tell me about the sea" [OPTIONS]

Streams an answer of a model to standard output.

  --model FOLDER|FILE.gguf a model (default: the built-in one, or DEPTHWISE_MODEL)
  --messages FILE          JSON: a list of {"role", "content"}, before the words given
  --raw                    goes on with the words given, as they stand, without a chat template
  --budget 0..100          share of the optional compute, in percent (default: the model's own)
  --budget-at TOKEN:BUDGET another budget from that token on; may be given again
  --max-tokens N, --temperature T, --top-k K, --top-p P, --min-p P, --repetition-penalty R, --stop TEXT, --seed N
                           sampling (default: as the model's makers recommend)
  --think on|off           of models that can do either (default: on); thoughts go to standard error
  --most-thought N, --thought-budget 0..100
                           the most tokens of a thought, and its own budget
  --precision int8|int4|fp32, --provider auto|cpu|webgpu
  --set FIELD=JSON         over a field of config.json; may be given again
  --json                   a last line with the depth of every token and the figures
`

await command(async () => {
  const { values, positionals } = parseCommandLine(
    {
      ...MODEL_OPTIONS,
      provider: { type: 'string', default: 'auto' },
      budget: { type: 'string' },
      'budget-at': { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      'max-tokens': { type: 'string' },
      temperature: { type: 'string' },
      'top-k': { type: 'string' },
      'top-p': { type: 'string' },
      'min-p': { type: 'string' },
      'repetition-penalty': { type: 'string' },
      stop: { type: 'string', multiple: true },
      think: { type: 'string', default: 'on' },
      'most-thought': { type: 'string' },
      'thought-budget': { type: 'string' },
      messages: { type: 'string' },
      raw: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    Infinity,
  )
  const asked =
    values.budget === undefined ? null : numberOption('budget', values.budget, BudgetSchema, 'BUDGET_OUT_OF_RANGE')
  const steps = values['budget-at'].map(budgetStep)
  const seed = values.seed === undefined ? randomInt(0x1_0000_0000) : numberOption('seed', values.seed, SeedSchema)
  if (values.raw && values.messages !== undefined) {
    throw new DepthwiseError('BAD_ARGUMENT', 'With --raw a text goes on as it is: it takes no --messages.', {
      detail: '--raw',
    })
  }
  const turns = readTurns(values.messages, positionals)
  const number = (
    name: string,
    text: string | undefined,
    schema: v.GenericSchema<number>,
    otherwise: number,
  ): number => (text === undefined ? otherwise : numberOption(name, text, schema))
  const sampling = (own: Sampling): Sampling => ({
    temperature: number('temperature', values.temperature, entries.temperature, own.temperature),
    topK: number('top-k', values['top-k'], entries.topK, own.topK),
    topP: number('top-p', values['top-p'], entries.topP, own.topP),
    minP: number('min-p', values['min-p'], entries.minP, own.minP),
    repetitionPenalty: number(
      'repetition-penalty',
      values['repetition-penalty'],
      entries.repetitionPenalty,
      own.repetitionPenalty,
    ),
    maxTokens: number('max-tokens', values['max-tokens'], entries.maxTokens, own.maxTokens),
    stop: v.parse(entries.stop, values.stop ?? own.stop),
  })

  const thinking: Thinking = {
    ...DEFAULT_THINKING,
    on: oneOf('think', values.think, ['on', 'off'], '--think') === 'on',
    ...(values['most-thought'] !== undefined && {
      maxTokens: numberOption('most-thought', values['most-thought'], ThinkingSchema.entries.maxTokens.wrapped),
    }),
    ...(values['thought-budget'] !== undefined && {
      budget: numberOption('thought-budget', values['thought-budget'], BudgetSchema, 'BUDGET_OUT_OF_RANGE'),
    }),
  }

  const engine = await loadForCommand((...args) => Engine.loadWorthwhile(...args), loadRequest(values))
  tellDevice(values.provider, engine.device)
  const budget = asked ?? engine.info.budget.effect?.first ?? 100
  if (!values.raw && !engine.info.chat) {
    const message = 'This model has no chat template, so it cannot answer; with --raw it goes on with a text.'
    throw new DepthwiseError('MODEL_TOKENIZER', message, { detail: '--raw' })
  }
  const chosen = sampling(engine.model.plan.sampling)
  const asks = values.raw ? positionals.join(' ') : turns
  const generation = engine.generate(asks, chosen, seed, budget, { thinking })
  const { text, thought, depths } = await stream(generation, steps)
  process.stdout.write('\n')
  if (values.json) {
    const summary = generation.summary()
    const result = {
      text,
      token_ids: generation.ids,
      depths,
      finish_reason: summary.finishReason,
      budget_asked: budget,
      budget_realised: summary.budgetRealised,
      mean_depth: summary.meanDepth,
      prompt_tokens: summary.promptTokens,
      tokens: summary.tokens,
      ...(summary.thought && { thought, thought_tokens: summary.thought.tokens, thought_ms: summary.thought.ms }),
      ttft_ms: summary.ttftMs,
      tokens_per_second: summary.tokensPerSecond,
      device: engine.device.provider,
      model: engine.info.name,
      seed,
    }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }
  engine.keep(generation)
  await engine.release()
  return 0
}, HELP)

/** The answer to the standard output; the thought before it, dimmed where that is a terminal, to the other one. */
async function stream(
  generation: Generation,
  steps: readonly BudgetStep[],
): Promise<{ text: string; thought: string; depths: number[] }> {
  while (!(await generation.prefill()));
  let [text, thought] = ['', '']
  const depths: number[] = []
  for (;;) {
    for (const step of steps) if (step.token === depths.length) generation.setBudget(step.budget)
    const token = await generation.next()
    if (token?.phase === 'thought') {
      tellThought(token.text)
      thought += token.text
    } else {
      if (thought !== '' && text === '' && (!token || token.text !== '')) process.stderr.write('\n\n')
      if (!token) return { text, thought, depths }
      process.stdout.write(token.text)
      text += token.text
    }
    depths.push(token.depth)
  }
}

function tellThought(text: string): void {
  if (text !== '') process.stderr.write(process.stderr.isTTY ? `\u001b[2m${text}\u001b[22m` : text)
}

/** `30:100`: budget 100 from token 30 on. */
function budgetStep(text: string): BudgetStep {
  const match = /^(\d+):([\d.]+)$/.exec(text)
  if (!match)
    throw new DepthwiseError(
      'BAD_ARGUMENT',
      `A change of budget is written TOKEN:BUDGET, as in 30:100; ${text} was given.`,
      {
        detail: '--budget-at',
      },
    )
  return { token: Number(match[1]), budget: numberOption('budget', match[2]!, BudgetSchema, 'BUDGET_OUT_OF_RANGE') }
}

function readTurns(file: string | undefined, words: readonly string[]): Turn[] {
  const turns = file === undefined ? [] : readMessages(file)
  const text = words.join(' ').trim()
  if (text !== '') turns.push({ role: 'user', content: text })
  if (turns.length === 0)
    throw new DepthwiseError('EMPTY_PROMPT', 'Say what to answer: npm run --silent ask -- "Tell me about the sea"')
  return turns
}

function readMessages(file: string): Turn[] {
  const messages = v.safeParse(
    v.array(TurnSchema),
    readJson(existsSync(file) ? realpathSync(file) : file, v.unknown(), 'BAD_ARGUMENT'),
  )
  if (messages.success) return messages.output
  const place = v.getDotPath(messages.issues[0])
  throw new DepthwiseError(
    'BAD_ARGUMENT',
    `${file} must hold a list of {"role": "system", "user" or "assistant", "content": "…"}${place === null ? '' : `, and does not at ${place}`}.`,
    { detail: file },
  )
}
