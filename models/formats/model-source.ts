import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type * as v from 'valibot'
import type { ErrorCode } from '../common/errors.ts'
import type { Precision } from '../common/values.ts'
import { copyPart } from './file.ts'
import { GgufSource } from './gguf/source.ts'
import { checked, readRawJson } from './json.ts'
import type { Weights } from './stored.ts'
import { openWeights, weightFiles } from './weights.ts'

/** The JSON files that a model consists of, beside its weights. */
export type ModelPart = 'config.json' | 'generation_config.json' | 'tokenizer.json' | 'tokenizer_config.json'

/** Where the parts of a model come from: a folder as it is published, or a GGUF file, which says the same in its own way. */
export interface ModelSource {
  /** Where it lies. */
  readonly place: string
  /** What to call the model where its configuration does not. */
  readonly name: string
  has(part: ModelPart): boolean
  /** What the part says, checked against nothing. @throws DepthwiseError with `code`, naming the file */
  raw(part: ModelPart, code: ErrorCode): unknown
  /** @param quantization `quantization_config` of config.json @throws as openWeights */
  weights(quantization?: unknown): Weights
  /** The files whose contents the weights depend on: a name that is the same on every machine, and where each lies. @throws DepthwiseError MODEL_* where one cannot be read */
  files(): { name: string; place: string }[]
  /** Writes the part into a folder that has none. */
  copy(part: ModelPart, folder: string): void
  /** What the weights lose at a precision by the form that they are stored in, in a sentence; null: nothing. */
  note(precision: Precision): string | null
}

/** Whether a path is a model in one file. */
export function isModelFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() === true
}

/** @throws DepthwiseError MODEL_NOT_FOUND, MODEL_WEIGHTS, MODEL_UNSUPPORTED where a file's header cannot be used; a folder's files are opened when they are asked for */
export function openSource(place: string): ModelSource {
  if (isModelFile(place)) return new GgufSource(place)
  return new FolderSource(place)
}

/** A part of a model, checked against a schema. @throws DepthwiseError with `code`, naming file and field */
export function readPart<const S extends v.GenericSchema>(
  source: ModelSource,
  part: ModelPart,
  schema: S,
  code: ErrorCode,
): v.InferOutput<S> {
  return checked(part, source.raw(part, code), schema, code)
}

class FolderSource implements ModelSource {
  readonly place: string
  readonly name: string

  constructor(place: string) {
    this.place = place
    this.name = path.basename(path.resolve(place))
  }

  has(part: ModelPart): boolean {
    return existsSync(path.join(this.place, part))
  }

  raw(part: ModelPart, code: ErrorCode): unknown {
    return readRawJson(path.join(this.place, part), code)
  }

  weights(quantization?: unknown): Weights {
    return openWeights(this.place, quantization)
  }

  files(): { name: string; place: string }[] {
    return weightFiles(this.place).map((name) => ({ name, place: path.resolve(this.place, name) }))
  }

  copy(part: ModelPart, folder: string): void {
    copyPart(path.join(this.place, part), folder, part.startsWith('tokenizer') ? 'MODEL_TOKENIZER' : 'MODEL_CONFIG')
  }

  note(): null {
    return null
  }
}
