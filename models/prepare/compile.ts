import { existsSync } from 'node:fs'
import path from 'node:path'
import type * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { Precision } from '../common/values.ts'
import { ModelWriter } from '../families/build.ts'
import type { Compiled } from '../families/compiled.ts'
import type { Family } from '../families/family.ts'
import { FAMILIES } from '../families/index.ts'
import { TensorReader } from '../families/tensors.ts'
import { openSource, readPart } from '../formats/model-source.ts'
import { CommonConfigSchema, GenerationConfigSchema } from '../formats/sources.ts'
import { forMlx } from '../formats/weights.ts'
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

/** Compiles a model folder, or a GGUF file, into graphs and weights in the folder `into`. @returns its plan @throws DepthwiseError MODEL_*, NO_SPACE */
export async function compile(
  source: string,
  into: string,
  { precision, taps, id, settings }: CompileOptions,
  progress: (fraction: number) => void,
): Promise<Plan> {
  const from = openSource(source)
  const generation = from.has('generation_config.json')
    ? readPart(from, 'generation_config.json', GenerationConfigSchema, 'MODEL_CONFIG')
    : {}
  const config = readPart(from, 'config.json', CommonConfigSchema, 'MODEL_CONFIG')
  const family = familyOf(config)
  const build = family.read({ ...merged(config, generation), ...settings })
  if (config.quantization != null) throw forMlx('quantization')
  const weights = from.weights(config.quantization_config)
  const writer = new ModelWriter(into, precision, taps)
  try {
    const tensors = new TensorReader(weights, progress)
    const built = await build(tensors, writer)
    const { policy, budget, endTokens: own = [], prompts = 'chunks', ...compiled } = uncalibrated(source, built)
    const calibration = policy.kind === 'calibration' ? readCalibration(source, policy.thresholds) : null
    const note = from.note(precision)
    const resident = staysOnDevice({ ...compiled, prompts }) ? await writer.resident(compiled.visits) : null
    const plan: Plan = {
      version: 5,
      prompts,
      id,
      precision,
      name: config.name || from.name,
      family: family.modelType,
      parameters: tensors.finish(),
      forms: { host: writer.graphs, ...(resident && { resident }) },
      constants: writer.constants,
      policy: policy.kind === 'calibration' ? { kind: 'calibrated', rows: calibration!.rows } : policy,
      endTokens: endTokens(config, generation, { vocabSize: compiled.vocabSize, endTokens: own }),
      sampling: recommendedSampling(generation),
      budget: { trained: policy.kind === 'calibration', effect: calibration?.effect ?? null, ...budget },
      ...(note !== null && { note }),
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

/** What a model is where its folder has no calibration and it can do without. */
function uncalibrated(source: string, built: Compiled): Compiled {
  const { policy, budget } = built
  if (policy.kind !== 'calibration' || !policy.otherwise || existsSync(path.join(source, 'calibration.json')))
    return built
  const { otherwise } = policy
  return { ...built, policy: otherwise.policy, budget: { ...budget, explanation: otherwise.explanation } }
}

/** How a model is to be run may stand in either file, in generation_config.json first; a null there says nothing. */
function merged(config: Record<string, unknown>, generation: Record<string, unknown>): Record<string, unknown> {
  const said = Object.entries(generation).filter(([field, value]) => value !== null || config[field] == null)
  return { ...config, ...Object.fromEntries(said) }
}

/** What JavaScript says where an array does not fit into memory, or is longer than any may be. */
const NO_MEMORY = /allocation failed|invalid (typed )?array (buffer )?length/i

function tooLarge(cause: RangeError): DepthwiseError {
  const message = 'config.json describes a model that is larger than the memory of this machine.'
  return new DepthwiseError('MODEL_CONFIG', message, { detail: 'config.json', cause })
}

function familyOf(config: v.InferOutput<typeof CommonConfigSchema>): Family {
  const type = config.model_type ?? config.family
  const family = type == null ? undefined : FAMILIES.get(type)
  if (family) return family
  const known = [...FAMILIES.keys()].join(', ')
  throw new DepthwiseError(
    'MODEL_UNSUPPORTED',
    type == null
      ? `config.json does not say what the model is (model_type); known types: ${known}.`
      : `Models of type ${type} cannot be run; known types: ${known}.`,
    { detail: 'model_type' },
  )
}
