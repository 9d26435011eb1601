import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { BudgetSchema } from '../common/values.ts'
import { BudgetController } from '../runtime/budget/controller.ts'
import { Engine } from '../runtime/engine.ts'
import { scoreText } from '../runtime/score-text.ts'
import { command } from './command.ts'
import { idsOf, readDocuments } from './documents.ts'
import { loadForCommand } from './load.ts'
import { loadRequest, MODEL_OPTIONS, numberOption, parseCommandLine, tellDevice } from './options.ts'

const HELP = `
npm run --silent score -- --texts FILE [OPTIONS]

Reads texts token by token, as an answer is written, and gives their mean loss in nats per token.

  --texts FILE             JSON lines: {"messages": […]} or {"text": "…"}
  --limit N, --max-chars N the first N texts, those of fewer than N characters
  --budget 0..100          share of the optional compute, in percent (default: 100)
  --model FOLDER, --precision int8|int4|fp32, --provider auto|cpu|webgpu
  --json                   the figures as one line of JSON
`

/** Loss of texts, read token by token as an answer is written. */
await command(async () => {
  const { values } = parseCommandLine(
    {
      ...MODEL_OPTIONS,
      budget: { type: 'string', default: '100' },
      texts: { type: 'string' },
      limit: { type: 'string' },
      'max-chars': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    0,
  )
  const budget = numberOption('budget', values.budget, BudgetSchema, 'BUDGET_OUT_OF_RANGE')
  const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
  const limit = values.limit === undefined ? Infinity : numberOption('limit', values.limit, count)
  const maxChars = values['max-chars'] === undefined ? Infinity : numberOption('max-chars', values['max-chars'], count)
  if (values.texts === undefined)
    throw new DepthwiseError('BAD_ARGUMENT', 'Say which texts to score: --texts FILE', { detail: 'texts' })
  const documents = readDocuments(values.texts, maxChars).slice(0, limit)

  const engine = await loadForCommand((...args) => Engine.load(...args), loadRequest(values))
  tellDevice(values.provider, engine.device)
  const controller = new BudgetController(engine.model.plan, budget / 100)
  const total = { nll: 0, tokens: 0, depth: 0, run: 0, full: 0, ms: 0 }
  for (const document of documents) {
    const scored = await scoreText(engine, idsOf(document, engine.tokenizer), controller)
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += scored[key]
  }
  if (total.tokens === 0)
    throw new DepthwiseError('BAD_ARGUMENT', `There is nothing to score in ${values.texts}.`, { detail: values.texts })
  const result = {
    nll: total.nll / total.tokens,
    tokens: total.tokens,
    budget_asked: budget,
    budget_realised: total.full > 0 ? (100 * total.run) / total.full : null,
    share_asked: budget / 100,
    share_realised: total.full > 0 ? total.run / total.full : null,
    mean_depth: total.depth / total.tokens,
    tokens_per_second: (1000 * total.tokens) / total.ms,
    texts: documents.length,
    precision: engine.info.precision,
    device: engine.device.provider,
    model: engine.info.name,
  }
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  else for (const [key, value] of Object.entries(result)) process.stdout.write(`${key.padEnd(18)} ${String(value)}\n`)
  await engine.release()
  return 0
}, HELP)
