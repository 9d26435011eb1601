import { isDeepStrictEqual } from 'node:util'
import { Engine } from '../../engine/engine.ts'
import { loadRequest } from '../options.ts'
import type { Feeding } from './feeding.ts'
import type { Recording } from './recording.ts'
import { readRecording } from './recording.ts'
import { replay, replayAnswer } from './replay.ts'
import type { Report } from './report.ts'
import { relativeError } from './report.ts'

/** Computes again what was recorded for a model of the built-in kind. @throws DepthwiseError BAD_ARGUMENT, MODEL_* */
export async function compareBuiltIn(folder: string, provider: string): Promise<Report> {
  const recording = readRecording(folder)
  const engine = await Engine.load(loadRequest({ model: folder, provider, precision: 'fp32' }), () => undefined)
  const report: Report = { compared: [], notCompared: [] }
  await compareTensors(engine, recording, 'one pass', report)
  await compareTensors(engine, recording, 'token by token', report)
  await compareAnswers(engine, recording, report)
  await engine.release()
  return report
}

async function compareTensors(engine: Engine, recording: Recording, how: Feeding, report: Report): Promise<void> {
  const computed = await replay(engine, recording, how)
  for (const [name, { values }] of recording.tensors) {
    const error = relativeError(computed.get(name) as Float32Array, values)
    report.compared.push({ how, name, error, exact: false })
  }
  for (const [name, values] of recording.depths) {
    const same = isDeepStrictEqual(computed.get(name), values)
    report.compared.push({ how, name, error: same ? 0 : Infinity, exact: true })
  }
}

async function compareAnswers(engine: Engine, recording: Recording, report: Report): Promise<void> {
  for (const recorded of recording.answers) {
    const { ids, depths } = await replayAnswer(engine, recorded)
    const same = isDeepStrictEqual(ids, recorded.generated_ids) && isDeepStrictEqual(depths, recorded.depths)
    const name = `budget ${recorded.budget.toFixed(2)} ${JSON.stringify(recorded.prompt)}`
    report.compared.push({ how: 'answer', name, error: same ? 0 : Infinity, exact: true })
  }
}
