import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { MAX_QUOTED, wrongValue } from '../formats/json.ts'
import type { ModelWriter } from './build.ts'
import type { Compiled } from './compiled.ts'
import type { TensorReader } from './tensors.ts'

/** Turns the tensors of one model into graphs and a list of visits. @throws DepthwiseError MODEL_WEIGHTS */
export type Compile = (tensors: TensorReader, writer: ModelWriter) => Promise<Compiled>

/** One architecture: how its published form becomes a plan of visits. */
export interface Family {
  /** `model_type` of config.json, or `family` in the configuration of a recording. */
  modelType: string
  /** Checks a configuration. @throws DepthwiseError MODEL_CONFIG, naming the field */
  read(config: unknown): Compile
}

export function defineFamily<Config>(
  modelType: string,
  schema: v.GenericSchema<unknown, Config>,
  compile: (config: Config, tensors: TensorReader, writer: ModelWriter) => Promise<Compiled>,
): Family {
  return {
    modelType,
    read(config) {
      const parsed = v.safeParse(schema, config)
      if (!parsed.success) throw wrongValue('config.json', parsed.issues[0], 'MODEL_CONFIG')
      return (tensors, writer) => compile(parsed.output, tensors, writer)
    },
  }
}

/** What a configuration asks for and this runtime does not do. */
export function unsupported(field: string, value: unknown, why = 'is not supported'): DepthwiseError {
  const message = `config.json asks for something that cannot be run: ${field} ${JSON.stringify(value).slice(0, MAX_QUOTED)} ${why}.`
  return new DepthwiseError('MODEL_UNSUPPORTED', message, { detail: field })
}

/** A value of a configuration that contradicts another. */
export function inconsistent(field: string, why: string): DepthwiseError {
  return new DepthwiseError('MODEL_CONFIG', `config.json has a wrong value at ${field}: ${why}.`, { detail: field })
}

/** A size in a configuration, checked before anything is allocated by it. */
export function size(least: number, most: number): v.GenericSchema<number> {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most))
}
