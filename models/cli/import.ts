import { existsSync } from 'node:fs'
import path from 'node:path'
import { hasTemplate } from '../formats/tokenizer.ts'
import { importModel } from '../prepare/import.ts'
import { DepthwiseError } from '../common/errors.ts'
import type { Precision } from '../common/values.ts'
import { command } from './command.ts'
import { parseCommandLine } from './options.ts'

const PRECISIONS: ReadonlyMap<string, Precision> = new Map([
  ['int4', 'int4'],
  ['int8', 'int8'],
  ['none', 'fp32'],
])

/** Turns a published model folder, or a GGUF file, into one that loads at once: graphs, quantised weights, plan and tokenizer. */
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
  const plan = await importModel(path.resolve(source), target, precision)
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
  return 0
})
