import { isDeepStrictEqual } from 'node:util'
import type { Feeding } from './feeding.ts'
import type { Recording } from './recording.ts'
import { readRecording } from './recording.ts'
import { replay, replayAnswer } from './replay.ts'
import type { Report } from './report.ts'
import { relativeError } from './report.ts'
import type { RuntimeRequest } from './runtime.ts'
import { Runtime } from './runtime.ts'

/**
 * Computes again, in float32, what was recorded for a model of the built-in kind.
 * @throws DepthwiseError BAD_ARGUMENT, MODEL_*
 */
export async function compareRecording(folder: string, request: RuntimeRequest): Promise<Report> {
  const recording = readRecording(folder)
  const runtime = await Runtime.load(folder, request)
  const report: Report = { compared: [], notCompared: [] }
  try {
    await compareTensors(runtime, recording, 'one pass', report)
    await compareTensors(runtime, recording, 'token by token', report)
    await compareAnswers(runtime, recording, report)
  } finally {
    await runtime.release()
  }
  return report
}

async function compareTensors(runtime: Runtime, recording: Recording, how: Feeding, report: Report): Promise<void> {
  const computed = await replay(runtime, recording, how)
  for (const [name, { values }] of recording.tensors) {
    const error = relativeError(computed.get(name) as Float32Array, values)
    report.compared.push({ how, name, error, exact: false })
  }
  for (const [name, values] of recording.depths) {
    const same = isDeepStrictEqual(computed.get(name), values)
    report.compared.push({ how, name, error: same ? 0 : Infinity, exact: true })
  }
}

async function compareAnswers(runtime: Runtime, recording: Recording, report: Report): Promise<void> {
  for (const recorded of recording.answers) {
    const { ids, depths, prompt } = await replayAnswer(runtime, recorded)
    const same =
      isDeepStrictEqual(prompt, recorded.prompt_ids) &&
      isDeepStrictEqual(ids, recorded.generated_ids) &&
      isDeepStrictEqual(depths, recorded.depths)
    const name = `budget ${recorded.budget.toFixed(2)} ${JSON.stringify(recorded.prompt)}`
    report.compared.push({ how: 'answer', name, error: same ? 0 : Infinity, exact: true })
  }
}
