import { existsSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { readJson } from '../formats/json.ts'
import { SafetensorsFile } from '../formats/safetensors.ts'
import { readAnswers } from './answers.ts'

const INPUTS = 'input_ids'
const POSITIONS = 'logit_positions'

const IdsSchema = v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))
const ReferenceSchema = v.looseObject({ input_ids: v.pipe(v.array(v.pipe(IdsSchema, v.minLength(1))), v.minLength(1)) })

export interface RecordedTensor {
  name: string
  shape: readonly number[]
  values: Float32Array
}

/** A result in reference.json: where it stands, indices in the text and left out. */
export interface RecordedFact {
  /** With indices: `calls.generate.sequences[0].generated`. */
  name: string
  /** Without: `calls.generate.sequences.generated`. */
  place: string
  /** Index of the outermost list that it lies in, else 0. */
  index: number
  value: unknown
}

/**
 * A recording of a reference implementation in a family's own names: reference.safetensors, as `causal/…`
 * causal.safetensors, and reference.json; or, in place of this, `input_ids` in the tensors and reference_answers.json.
 */
export interface Fixture {
  /** config.json and reference.json as they stand, or what there is in place of this. */
  config: Readonly<Record<string, unknown>>
  reference: Readonly<Record<string, unknown>>
  inputs: number[][]
  /** Tokens of every input whose logits were recorded; null: all. */
  logitPositions: readonly number[] | null
  tensors: RecordedTensor[]
  facts: RecordedFact[]
  /** What was read, as it lies in the tensor file beside reference.json. */
  integers: { name: string; values: Int32Array }[]
}

/** @throws DepthwiseError BAD_ARGUMENT, MODEL_WEIGHTS */
export function readFixture(folder: string): Fixture {
  const tensors = path.join(folder, 'reference.safetensors')
  if (!existsSync(tensors)) {
    throw new DepthwiseError(
      'BAD_ARGUMENT',
      `There is no reference.safetensors in ${folder}: nothing to compare with.`,
      { detail: tensors },
    )
  }
  const results = path.join(folder, 'reference.json')
  const described = existsSync(results) ? readJson(results, ReferenceSchema, 'BAD_ARGUMENT') : null
  const reference = described ?? { calls: readAnswers(folder) }
  const fixture: Fixture = {
    config: readJson(path.join(folder, 'config.json'), v.looseObject({}), 'BAD_ARGUMENT'),
    reference,
    inputs: described?.input_ids ?? readInputs(tensors),
    logitPositions: null,
    tensors: [],
    facts: facts(reference, '', '', 0),
    integers: [],
  }
  readTensors(tensors, '', fixture)
  const causal = path.join(folder, 'causal.safetensors')
  if (existsSync(causal)) readTensors(causal, 'causal/', fixture)
  return fixture
}

/** @throws DepthwiseError MODEL_WEIGHTS where there are none */
function readInputs(place: string): number[][] {
  const file = new SafetensorsFile(place)
  try {
    const { shape, values } = file.readInts(INPUTS)
    const [rows = 0, tokens = 0] = shape
    return Array.from({ length: rows }, (_, r) => [...values.subarray(r * tokens, (r + 1) * tokens)])
  } finally {
    file.close()
  }
}

/** Integer tensors that say something of tokens are compared like others. */
function readTensors(place: string, prefix: string, into: Fixture): void {
  const file = new SafetensorsFile(place)
  try {
    for (const [name, { dtype, shape }] of file.entries) {
      if (!dtype.startsWith('I')) {
        into.tensors.push({ name: prefix + name, shape, values: file.readFloats(name, shape) })
        continue
      }
      const values = Int32Array.from(file.readInts(name).values)
      if (name === INPUTS) {
        if (INPUTS in into.reference) into.integers.push({ name, values })
      } else if (name === POSITIONS) into.logitPositions = [...values]
      else into.tensors.push({ name: prefix + name, shape, values: Float32Array.from(values) })
    }
  } finally {
    file.close()
  }
}

/** What says how a recording was made, and what is in it, is no result. */
const DESCRIPTIONS = /^(fixture|family|source|notes|input_ids|tensors)(\.|$)|\.(call|rule|meaning|tensors)$/

function facts(value: unknown, name: string, place: string, index: number): RecordedFact[] {
  if (DESCRIPTIONS.test(place)) return []
  const isObject = (item: unknown): item is object => typeof item === 'object' && item !== null
  if (Array.isArray(value) && value.some((item) => isObject(item) && !Array.isArray(item))) {
    return value.flatMap((item, i) => facts(item, `${name}[${i}]`, place, i))
  }
  if (!isObject(value) || Array.isArray(value)) return [{ name, place, index, value }]
  const under = (place: string, key: string): string => (place === '' ? key : `${place}.${key}`)
  return Object.entries(value).flatMap(([key, item]) => facts(item, under(name, key), under(place, key), index))
}
