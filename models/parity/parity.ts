import { DepthwiseError } from '../common/errors.ts'
import { command } from '../cli/command.ts'
import { loadRequest, MODEL_OPTIONS, parseCommandLine } from '../cli/options.ts'
import { compareFixture } from './compare-fixture.ts'
import { agrees, formatted, TOLERANCE, worstOf } from './report.ts'

/** Compares the runtime, in float32, with what the reference implementation recorded for a model folder. */
await command(async () => {
  const { values, positionals } = parseCommandLine({ provider: MODEL_OPTIONS.provider }, 1)
  const folder = positionals[0]
  if (folder === undefined)
    throw new DepthwiseError('BAD_ARGUMENT', 'Say which model folder to compare: npm run --silent parity -- DIR')
  const request = loadRequest({ model: folder, provider: values.provider, precision: 'fp32' })
  const report = await compareFixture(request.modelFolder, request)
  for (const line of report.compared) process.stdout.write(`${formatted(line)}\n`)
  for (const { name, why } of report.notCompared) process.stdout.write(`not compared    ${name}: ${why}\n`)
  const good = agrees(report)
  process.stdout.write(
    `${good ? 'equal' : 'NOT EQUAL'}: largest relative error ${worstOf(report).toExponential(2)}, at most ${TOLERANCE} accepted\n`,
  )
  return good ? 0 : 1
})
