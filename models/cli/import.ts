import { existsSync } from 'node:fs'
import path from 'node:path'
import { hasTemplate } from '../formats/tokenizer.ts'
import { importModel } from '../prepare/import.ts'
import { DepthwiseError } from '../common/errors.ts'
import type { Precision } from '../common/values.ts'
import { slowness } from '../runtime/tuning/estimate.ts'
import { command } from './command.ts'
import { interruptible } from './interruption.ts'
import { Progress } from './progress.ts'
import { parseCommandLine } from './options.ts'

const PRECISIONS: ReadonlyMap<string, Precision> = new Map([
  ['int4', 'int4'],
  ['int8', 'int8'],
  ['none', 'fp32'],
])

const HELP = `
npm run --silent import -- FOLDER|FILE.gguf --to NEW_FOLDER [--quantize int8|int4|none]

Turns a published model folder, or a GGUF file, into a folder that loads at once: graphs, weights, plan and tokenizer.
The original is needed no more. Memory does not grow with the model; the weights take 1 byte a parameter in int8, 4 with
none.

  --to NEW_FOLDER                where to; it must not be there yet
  --quantize int8|int4|none      precision of the weights (default: int8)
`

/** Turns a published model folder, or a GGUF file, into a folder that loads at once: graphs, quantised weights, plan and tokenizer. */
await command(async () => {
  const { values, positionals } = parseCommandLine(
    { to: { type: 'string' }, quantize: { type: 'string', default: 'int8' } },
    1,
  )
  const source = positionals[0]
  const { to, quantize } = values
  if (source === undefined || to === undefined) {
    const usage = 'npm run --silent import -- DIR|FILE.gguf --to DIR [--quantize int4|int8|none]'
    throw new DepthwiseError('BAD_ARGUMENT', `Say which model folder to import, and where to: ${usage}`, {
      detail: source === undefined ? 'DIR' : '--to',
    })
  }
  const precision = PRECISIONS.get(quantize)
  if (!precision) {
    throw new DepthwiseError('BAD_ARGUMENT', `--quantize must be one of ${[...PRECISIONS.keys()].join(', ')}.`, {
      detail: '--quantize',
    })
  }
  const target = path.resolve(to)
  const told = new Progress()
  const plan = await interruptible(() =>
    importModel(path.resolve(source), target, precision, (fraction) => {
      told.tell('Importing', fraction)
    }),
  )
  told.end()
  process.stdout.write(
    `${plan.name} (${plan.family}, ${plan.parameters} parameters, ${precision}) is ready in ${target}\n`,
  )
  if (plan.note !== undefined) process.stdout.write(`${plan.note}\n`)
  if (
    existsSync(path.join(target, 'tokenizer_config.json')) &&
    plan.chatTemplate === undefined &&
    !hasTemplate(target)
  ) {
    process.stdout.write('It has no chat template: it goes on with texts (ask --raw) and holds no conversations.\n')
  }
  const slow = slowness({ plan, folder: target, source: target, precision })
  if (slow !== null) process.stdout.write(`${slow}\n`)
  return 0
}, HELP)
