import { isDeepStrictEqual } from 'node:util'
import { Engine } from '../../engine/engine.ts'
import { DepthwiseError } from '../../contract/errors.ts'
import { command } from '../command.ts'
import { loadRequest, MODEL_OPTIONS, parseCommandLine } from '../options.ts'
import type { Recording } from './recording.ts'
import { readRecording } from './recording.ts'
import type { Feeding } from './replay.ts'
import { replay, replayAnswer } from './replay.ts'

/** Largest error accepted, relative to the largest magnitude in the recorded tensor. */
const TOLERANCE = 1e-4

/** Compares the runtime, in float32, with what the reference implementation recorded for a model folder. */
await command(async () => {
  const { values, positionals } = parseCommandLine({ provider: MODEL_OPTIONS.provider }, 1)
  const folder = positionals[0]
  if (folder === undefined)
    throw new DepthwiseError('BAD_ARGUMENT', 'Say which model folder to compare: npm run --silent parity -- DIR')
  const recording = readRecording(folder)
  const engine = await Engine.load(
    loadRequest({ model: folder, provider: values.provider, precision: 'fp32' }),
    () => undefined,
  )
  const worst = Math.max(
    await compareTensors(engine, recording, 'one pass'),
    await compareTensors(engine, recording, 'token by token'),
  )
  const wrong = await compareAnswers(engine, recording)
  await engine.release()
  const good = worst <= TOLERANCE && wrong === 0
  process.stdout.write(
    `${good ? 'equal' : 'NOT EQUAL'}: largest relative error ${worst.toExponential(2)}, at most ${TOLERANCE} accepted\n`,
  )
  return good ? 0 : 1
})

/** @returns the largest relative error; Infinity where depths or sizes differ */
async function compareTensors(engine: Engine, recording: Recording, feeding: Feeding): Promise<number> {
  const computed = await replay(engine, recording, feeding)
  let worst = 0
  for (const [name, { values }] of recording.tensors) {
    const error = relativeError(computed.get(name) as Float32Array, values)
    worst = Math.max(worst, error)
    process.stdout.write(`${feeding.padEnd(15)} ${name.padEnd(22)} ${error.toExponential(2)}\n`)
  }
  for (const [name, values] of recording.depths) {
    const same = isDeepStrictEqual(computed.get(name), values)
    if (!same) worst = Infinity
    process.stdout.write(`${feeding.padEnd(15)} ${name.padEnd(22)} ${same ? 'identical' : 'DIFFERENT'}\n`)
  }
  return worst
}

function relativeError(computed: Float32Array, recorded: Float32Array): number {
  if (computed.length !== recorded.length) return Infinity
  let magnitude = 0
  let error = 0
  recorded.forEach((value, i) => {
    magnitude = Math.max(magnitude, Math.abs(value))
    error = Math.max(error, Math.abs(value - computed[i]!))
  })
  return error / magnitude
}

/** @returns number of answers that came out differently */
async function compareAnswers(engine: Engine, recording: Recording): Promise<number> {
  let wrong = 0
  for (const answer of recording.answers) {
    const { ids, depths } = await replayAnswer(engine, answer)
    const same = isDeepStrictEqual(ids, answer.generated_ids) && isDeepStrictEqual(depths, answer.depths)
    if (!same) wrong++
    process.stdout.write(
      `answer          budget ${answer.budget.toFixed(2)} ${same ? 'identical' : 'DIFFERENT'}  ${JSON.stringify(answer.prompt)}\n`,
    )
  }
  return wrong
}
