import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { readJson } from '../formats/json.ts'
import { SafetensorsFile } from '../formats/safetensors.ts'
import { DepthwiseError } from '../common/errors.ts'

const AnswerSchema = v.object({
  prompt: v.string(),
  budget: v.number(),
  prompt_ids: v.array(v.number()),
  generated_ids: v.array(v.number()),
  depths: v.array(v.number()),
})
export type RecordedAnswer = v.InferOutput<typeof AnswerSchema>

/** What the reference implementation computed: reference.safetensors and, where there, reference_answers.json. */
export interface Recording {
  /** One list of token ids a row. */
  inputs: number[][]
  /** Recorded floating-point tensors by name, rows × tokens × …, row-major. */
  tensors: ReadonlyMap<string, { shape: readonly number[]; values: Float32Array }>
  /** The tokens of every row whose logits were recorded; null: all. */
  logitPositions: readonly number[] | null
  /** Recorded depths by name, rows × tokens. */
  depths: ReadonlyMap<string, Int32Array>
  answers: RecordedAnswer[]
}

const POSITIONS = 'logit_positions'

/** @throws DepthwiseError MODEL_WEIGHTS, BAD_ARGUMENT */
export function readRecording(folder: string): Recording {
  const path = join(folder, 'reference.safetensors')
  if (!existsSync(path)) {
    throw new DepthwiseError(
      'BAD_ARGUMENT',
      `There is no reference.safetensors in ${folder}: nothing to compare with.`,
      { detail: path },
    )
  }
  const file = new SafetensorsFile(path)
  try {
    const ids = file.readInts('input_ids')
    const [rows = 0, tokens = 0] = ids.shape
    const tensors = new Map<string, { shape: readonly number[]; values: Float32Array }>()
    const depths = new Map<string, Int32Array>()
    for (const [name, { dtype, shape }] of file.entries) {
      if (name === 'input_ids' || name === POSITIONS) continue
      if (dtype.startsWith('I')) depths.set(name, Int32Array.from(file.readInts(name).values))
      else tensors.set(name, { shape, values: file.readFloats(name, shape) })
    }
    const logitPositions = file.entries.has(POSITIONS) ? [...file.readInts(POSITIONS).values] : null
    const answersPath = join(folder, 'reference_answers.json')
    const answers = existsSync(answersPath) ? readJson(answersPath, v.array(AnswerSchema), 'BAD_ARGUMENT') : []
    const inputs = Array.from({ length: rows }, (_, r) => Array.from(ids.values.subarray(r * tokens, (r + 1) * tokens)))
    return { inputs, tensors, logitPositions, depths, answers }
  } finally {
    file.close()
  }
}
