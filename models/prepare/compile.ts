import { existsSync } from 'node:fs'
import path from 'node:path'
import type * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { Precision } from '../common/values.ts'
import { ModelWriter } from '../families/build.ts'
import type { Family } from '../families/family.ts'
import { FAMILIES } from '../families/index.ts'
import { TensorReader } from '../families/tensors.ts'
import { readJson } from '../formats/json.ts'
import { CommonConfigSchema, GenerationConfigSchema } from '../formats/sources.ts'
import { openWeights } from '../formats/weights.ts'
import { staysOnDevice } from '../plan/device.ts'
import type { Plan } from '../plan/plan.ts'
import { readCalibration } from './calibration.ts'
import { needSpace } from './partial.ts'
import { endTokens, recommendedSampling } from './recommended.ts'

/** In which form a model is compiled, and what it is then called. */
export interface CompileOptions {
  precision: Precision
  taps: boolean
  id: string
  /** Over the fields of config.json. */
  settings?: Readonly<Record<string, unknown>>
}

/** Compiles a model folder into graphs and weights in the folder `into`. @returns its plan @throws DepthwiseError MODEL_*, NO_SPACE */
export async function compile(
  source: string,
  into: string,
  { precision, taps, id, settings }: CompileOptions,
  progress: (fraction: number) => void,
): Promise<Plan> {
  const generationFile = path.join(source, 'generation_config.json')
  const generation = existsSync(generationFile) ? readJson(generationFile, GenerationConfigSchema, 'MODEL_CONFIG') : {}
  const config = readJson(path.join(source, 'config.json'), CommonConfigSchema, 'MODEL_CONFIG')
  const family = familyOf(config)
  // how a model is to be run may stand in either file
  const build = family.read({ ...config, ...generation, ...settings })
  const weights = openWeights(source, config.quantization_config)
  const writer = new ModelWriter(into, precision, taps)
  try {
    const tensors = new TensorReader(weights, progress)
    const { policy, budget, endTokens: own = [], prompts = 'chunks', ...compiled } = await build(tensors, writer)
    const calibration = policy.kind === 'calibration' ? readCalibration(source, policy.thresholds) : null
    const resident = staysOnDevice({ ...compiled, prompts }) ? await writer.resident(compiled.visits) : null
    const plan: Plan = {
      version: 5,
      prompts,
      id,
      precision,
      name: config.name ?? path.basename(path.resolve(source)),
      family: family.modelType,
      parameters: tensors.finish(),
      forms: { host: writer.graphs, ...(resident && { resident }) },
      constants: writer.constants,
      policy: policy.kind === 'calibration' ? { kind: 'calibrated', rows: calibration!.rows } : policy,
      endTokens: endTokens(config, generation, { vocabSize: compiled.vocabSize, endTokens: own }),
      sampling: recommendedSampling(generation),
      budget: { trained: policy.kind === 'calibration', effect: calibration?.effect ?? null, ...budget },
      ...compiled,
    }
    needSpace(into, writer.byteLength)
    await writer.finish()
    progress(1)
    return plan
  } catch (error) {
    throw error instanceof RangeError && NO_MEMORY.test(error.message) ? tooLarge(error) : error
  } finally {
    writer.close()
    weights.close()
  }
}

/** What JavaScript says where an array does not fit into memory, or is longer than any may be. */
const NO_MEMORY = /allocation failed|invalid (typed )?array (buffer )?length/i

function tooLarge(cause: RangeError): DepthwiseError {
  const message = 'config.json describes a model that is larger than the memory of this machine.'
  return new DepthwiseError('MODEL_CONFIG', message, { detail: 'config.json', cause })
}

function familyOf(config: v.InferOutput<typeof CommonConfigSchema>): Family {
  const type = config.model_type ?? config.family
  const family = type === undefined ? undefined : FAMILIES.get(type)
  if (family) return family
  const known = [...FAMILIES.keys()].join(', ')
  throw new DepthwiseError(
    'MODEL_UNSUPPORTED',
    type === undefined
      ? `config.json does not say what the model is (model_type); known types: ${known}.`
      : `Models of type ${type} cannot be run; known types: ${known}.`,
    { detail: 'model_type' },
  )
}
