import { concatenate } from '../formats/floats.ts'
import { DepthwiseError } from '../common/errors.ts'
import { admitAll, thresholdCount, thresholdsOf } from '../runtime/budget/thresholds.ts'
import type { Observer } from '../runtime/passes/forward.ts'
import { argmax } from '../runtime/sampling/sampler.ts'
import type { Feeding } from './feeding.ts'
import { pieces } from './feeding.ts'
import type { RecordedAnswer, Recording } from './recording.ts'
import type { Replaying } from './runtime.ts'

/** One row, read at one setting: what the runtime computed, by the recording's names, [tokens, …]. */
interface Row {
  tensors: Map<string, Float32Array[]>
  depths: number[]
}

/** The thresholds that a recorded name asks for: every token at a depth, or a budget. */
function thresholdsFor({ plan }: Replaying, name: string): number[] | null {
  const count = thresholdCount(plan.policy)
  const depth = /^logits\.depth_(\d+)$/.exec(name)?.[1]
  if (depth !== undefined) {
    return Array.from({ length: count }, (_, j) => (j < Number(depth) - 1 ? -Infinity : Infinity))
  }
  const budget = /^(?:logits|depth)\.budget_([\d.]+)$/.exec(name)?.[1]
  if (budget !== undefined) return thresholdsOf(plan.policy, Number(budget))
  if (/^(hidden_state|router_score)\.\d+$/.test(name)) return admitAll(plan.policy)
  return null
}

/**
 * Recomputes everything recorded.
 * @returns per recorded name the runtime's values in the recording's layout
 */
export async function replay(
  runtime: Replaying,
  recording: Recording,
  feeding: Feeding,
): Promise<Map<string, Float32Array | Int32Array>> {
  const settings = new Map<string, Row[]>()
  const result = new Map<string, Float32Array | Int32Array>()
  for (const name of [...recording.tensors.keys(), ...recording.depths.keys()]) {
    const thresholds = thresholdsFor(runtime, name)
    if (!thresholds)
      throw new DepthwiseError('BAD_ARGUMENT', `The recording has a tensor of unknown meaning: ${name}.`, {
        detail: name,
      })
    let rows = settings.get(thresholds.join())
    if (!rows) {
      rows = []
      for (const ids of recording.inputs) rows.push(await readRow(runtime, ids, thresholds, feeding))
      settings.set(thresholds.join(), rows)
    }
    if (name.startsWith('depth.')) result.set(name, Int32Array.from(rows.flatMap((row) => row.depths)))
    else
      result.set(
        name,
        concatenate(
          rows.flatMap((row) => (name.startsWith('logits.') ? logitsOf(row, recording) : row.tensors.get(name)) ?? []),
        ),
      )
  }
  return result
}

/** Of all tokens of a row, or of those that were recorded. */
function logitsOf(row: Row, { logitPositions }: Recording): Float32Array[] {
  const all = row.tensors.get('logits') ?? []
  if (!logitPositions) return all
  const whole = concatenate(all)
  const width = whole.length / row.depths.length
  return logitPositions.map((position) => whole.subarray(position * width, (position + 1) * width))
}

async function readRow(
  runtime: Replaying,
  ids: readonly number[],
  thresholds: readonly number[],
  feeding: Feeding,
): Promise<Row> {
  const row: Row = { tensors: new Map(), depths: [] }
  const push = (name: string, values: Float32Array): void => {
    row.tensors.set(name, [...(row.tensors.get(name) ?? []), values.slice()])
  }
  const recursions = new Map<number, number>()
  runtime.plan.visits.forEach((visit, i) => visit.recursion && recursions.set(i, recursions.size + 1))
  const observer: Observer = (visit, rows, output) => {
    const r = recursions.get(visit)
    if (r === undefined) return
    const [state, scores] = [output('next_state'), output('scores')]
    if (state) push(`hidden_state.${r}`, state)
    // the router of the next recursion is the one that is asked; the last recursion has none behind it
    if (!scores || r === recursions.size) return
    const width = scores.length / rows.length
    const column = width === 1 ? 0 : r - 1
    push(
      `router_score.${r + 1}`,
      Float32Array.from(rows, (_, i) => scores[i * width + column]!),
    )
  }
  const sequence = runtime.sequence()
  for (const part of pieces(ids, feeding)) {
    const { logits, depths } = await sequence.append(part, thresholds, 'all', { observer })
    push('logits', logits!)
    row.depths.push(...depths)
  }
  sequence.release()
  return row
}

/** Writes the recorded answer again, greedily and with untrimmed thresholds. @returns the prompt's ids, the answer's, and their depths */
export async function replayAnswer(
  runtime: Replaying,
  answer: RecordedAnswer,
): Promise<{ prompt: number[]; ids: number[]; depths: number[] }> {
  const { plan, tokenizer } = runtime
  const thresholds = thresholdsOf(plan.policy, answer.budget)
  const sequence = runtime.sequence()
  const ids: number[] = []
  const depths: number[] = []
  const prompt = tokenizer ? tokenizer.encodeChat([{ role: 'user', content: answer.prompt }], true) : answer.prompt_ids
  for (let next: readonly number[] = prompt; ;) {
    const result = await sequence.append(next, thresholds, 'last')
    const id = argmax(result.logits!)
    ids.push(id)
    depths.push(result.depths.at(-1)!)
    if (plan.endTokens.includes(id) || ids.length >= answer.generated_ids.length) break
    next = [id]
  }
  sequence.release()
  return { prompt: [...prompt], ids, depths }
}
