import { writeFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { CalibrationRow } from '../plan/plan.ts'
import { BudgetController } from '../runtime/budget/controller.ts'
import { thresholdCosts } from '../runtime/budget/curve.ts'
import { Engine } from '../runtime/engine.ts'
import { scoreText } from '../runtime/score-text.ts'
import { command } from './command.ts'
import { idsOf, readDocuments } from './documents.ts'
import { loadForCommand } from './load.ts'
import { loadRequest, MODEL_OPTIONS, numberOption, parseCommandLine } from './options.ts'

const HELP = `
npm run --silent calibrate -- FOLDER --texts FILE [--limit COUNT]

Measures what each early exit of a dense model with early_exits in its config.json costs, and writes calibration.json
beside it: the app's slider then says what it does.

  --texts FILE             JSON lines: {"messages": […]} or {"text": "…"}
  --limit COUNT            the first COUNT texts
  --precision int8|int4|fp32, --provider auto|cpu|webgpu
`

/** Measures with texts what each early exit of a dense model costs, and writes it beside the model as its calibration. */
await command(async () => {
  const { values, positionals } = parseCommandLine(
    {
      provider: MODEL_OPTIONS.provider,
      precision: MODEL_OPTIONS.precision,
      texts: { type: 'string' },
      limit: { type: 'string' },
    },
    1,
  )
  const folder = positionals[0]
  if (folder === undefined || values.texts === undefined) {
    const usage = 'npm run --silent calibrate -- DIR --texts FILE [--limit COUNT]'
    throw new DepthwiseError('BAD_ARGUMENT', `Say which model to measure, and with which texts: ${usage}`, {
      detail: folder === undefined ? 'DIR' : '--texts',
    })
  }
  const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
  const limit = values.limit === undefined ? Infinity : numberOption('limit', values.limit, count)
  const documents = readDocuments(values.texts, Infinity).slice(0, limit)
  const engine = await loadForCommand((...args) => Engine.load(...args), loadRequest({ ...values, model: folder }))
  const { plan } = engine.model
  if (plan.policy.kind !== 'quantile' || !plan.policy.deepening || plan.policy.capacities.some((share) => share < 1)) {
    const message = 'Only models with early_exits in config.json, and no calibration.json yet, can be measured.'
    throw new DepthwiseError('BAD_ARGUMENT', message, { detail: 'early_exits' })
  }
  const rows = exitRows(thresholdCosts(plan))
  plan.policy = { kind: 'calibrated', rows }
  const budgets: (CalibrationRow & { nll: number })[] = []
  for (const row of rows) {
    const total = { nll: 0, tokens: 0 }
    for (const document of documents) {
      const controller = new BudgetController(plan, row.budget)
      const scored = await scoreText(engine, idsOf(document, engine.tokenizer), controller)
      total.nll += scored.nll
      total.tokens += scored.tokens
    }
    if (total.tokens === 0) throw new DepthwiseError('BAD_ARGUMENT', `There is nothing to measure in ${values.texts}.`)
    budgets.push({ ...row, nll: total.nll / total.tokens })
    process.stdout.write(`budget ${(100 * row.budget).toFixed(0)}: ${budgets.at(-1)!.nll.toFixed(4)} nats a token\n`)
  }
  await engine.release()
  writeFileSync(path.join(folder, 'calibration.json'), `${JSON.stringify({ budgets }, null, 2)}\n`, { flag: 'wx' })
  return 0
}, HELP)

/** One row for every exit that all tokens take. @param costs layers behind each exit up to the next */
function exitRows(costs: readonly number[]): CalibrationRow[] {
  const all = costs.reduce((sum, cost) => sum + cost, 0)
  return Array.from({ length: costs.length + 1 }, (_, taken) => ({
    budget: costs.slice(0, taken).reduce((sum, cost) => sum + cost, 0) / all,
    capacities: costs.map((_cost, j) => (j < taken ? 1 : 0)),
    thresholds: costs.map(() => null),
  }))
}
