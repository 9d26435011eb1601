import { existsSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { readJson } from '../formats/json.ts'

const AnswersSchema = v.array(
  v.object({
    prompt: v.string(),
    budget: v.number(),
    prompt_ids: v.array(v.number()),
    generated_ids: v.array(v.number()),
    depths: v.array(v.number()),
  }),
)

interface Sequence {
  /** What was said, and its ids with the chat template around them. */
  prompt: [text: string, ids: number[]]
  generated: number[]
  /** Per id generated: recursions of the position that it was chosen at. */
  depths: number[]
}

/**
 * The `calls` of reference.json of a model whose answers were recorded as reference_answers.json (the built-in kind): by
 * budget, with prompts of their own.
 * @throws DepthwiseError BAD_ARGUMENT
 */
export function readAnswers(folder: string): Record<string, { sequences: Sequence[] }> {
  const place = path.join(folder, 'reference_answers.json')
  const calls: Record<string, { sequences: Sequence[] }> = {}
  if (!existsSync(place)) return calls
  for (const { prompt, budget, prompt_ids, generated_ids, depths } of readJson(place, AnswersSchema, 'BAD_ARGUMENT')) {
    const call = (calls[`budget_${budget}`] ??= { sequences: [] })
    call.sequences.push({ prompt: [prompt, prompt_ids], generated: generated_ids, depths })
  }
  return calls
}
