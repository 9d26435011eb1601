import { existsSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { CompressedWeights, isCompressed } from './compressed-tensors.ts'
import { checkReadable } from './file.ts'
import { readJson } from './json.ts'
import type { Rows, TensorEntry } from './safetensors.ts'
import { SafetensorsFile } from './safetensors.ts'
import type { Weights } from './stored.ts'

const WHOLE = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
/** Python objects, which run code when they are read. */
const PICKLED = ['pytorch_model.bin', 'pytorch_model.bin.index.json']

/** Shards lie beside their index, so a name with a path in it is refused. */
const ShardNameSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*\.safetensors$/, 'A shard must be a .safetensors file of the model folder'),
)
const IndexSchema = v.looseObject({ weight_map: v.record(v.pipe(v.string(), v.maxLength(500)), ShardNameSchema) })
/** All shards are open at the same time. */
const MAX_SHARDS = 1000

/**
 * Names of the files that hold a model's weights: `model.safetensors`, or else its index and every shard.
 * @throws DepthwiseError MODEL_NOT_FOUND where there are none, MODEL_UNSUPPORTED where they are pickled, MODEL_WEIGHTS where the index is wrong or a file cannot be read
 */
export function weightFiles(folder: string): string[] {
  const files = namesOf(folder)
  for (const file of files) checkReadable(path.join(folder, file), 'MODEL_WEIGHTS', `The weights file ${file}`)
  return files
}

function namesOf(folder: string): string[] {
  if (existsSync(path.join(folder, WHOLE))) return [WHOLE]
  if (existsSync(path.join(folder, INDEX))) return [INDEX, ...shardsOf(readIndex(folder))]
  const pickled = PICKLED.find((file) => existsSync(path.join(folder, file)))
  if (pickled !== undefined) {
    throw new DepthwiseError(
      'MODEL_UNSUPPORTED',
      `The weights are in ${pickled}, a format that can run code when it is read: convert them to safetensors first.`,
      { detail: path.join(folder, pickled) },
    )
  }
  throw new DepthwiseError('MODEL_NOT_FOUND', `The model folder lacks ${WHOLE} (and ${INDEX}).`, {
    detail: path.join(folder, WHOLE),
  })
}

/**
 * Opens a model's weights and checks every header.
 * @param quantization `quantization_config` of config.json
 * @throws DepthwiseError MODEL_NOT_FOUND, MODEL_WEIGHTS; MODEL_UNSUPPORTED where they are stored in a form that cannot be read
 */
export function openWeights(folder: string, quantization?: unknown): Weights {
  const compressed = isCompressed(quantization)
  const stored =
    namesOf(folder)[0] === WHOLE
      ? new SafetensorsFile(path.join(folder, WHOLE))
      : new ShardedSafetensors(folder, readIndex(folder))
  try {
    refuseMlx(stored)
    return compressed ? new CompressedWeights(stored) : stored
  } catch (error) {
    stored.close()
    throw error
  }
}

/** Codes of MLX are 32-bit integers with scales and biases beside them. */
function refuseMlx({ entries }: Weights): void {
  for (const [name, { dtype }] of entries) {
    const stem = name.replace(/\.weight$/, '')
    if (dtype === 'U32' && entries.has(`${stem}.scales`) && entries.has(`${stem}.biases`)) throw forMlx(name)
  }
}

/** Weights in a form of MLX. @param detail the field or tensor that shows it */
export function forMlx(detail: string): DepthwiseError {
  const message =
    'The weights are quantised for MLX, a form that cannot be read here: take the folder that the model was published in first.'
  return new DepthwiseError('MODEL_UNSUPPORTED', message, { detail })
}

function readIndex(folder: string): ReadonlyMap<string, string> {
  const { weight_map } = readJson(path.join(folder, INDEX), IndexSchema, 'MODEL_WEIGHTS')
  return new Map(Object.entries(weight_map))
}

function shardsOf(places: ReadonlyMap<string, string>): string[] {
  const shards = [...new Set(places.values())].toSorted()
  if (shards.length <= MAX_SHARDS) return shards
  throw new DepthwiseError('MODEL_WEIGHTS', `${INDEX} names more than ${MAX_SHARDS} files.`, { detail: 'weight_map' })
}

/** Several safetensors files under one index that says which tensor lies where. */
class ShardedSafetensors implements Weights {
  readonly entries = new Map<string, TensorEntry>()
  private readonly places: ReadonlyMap<string, string>
  private readonly shards = new Map<string, SafetensorsFile>()

  /** @throws DepthwiseError MODEL_WEIGHTS: a shard missing or damaged, a tensor missing, unlisted or in another shard */
  constructor(folder: string, places: ReadonlyMap<string, string>) {
    this.places = places
    try {
      for (const shard of shardsOf(places)) this.add(shard, new SafetensorsFile(path.join(folder, shard)))
      for (const [name, shard] of places) {
        if (!this.entries.has(name)) throw misplaced(name, `is missing from ${shard}, where the index puts it`)
      }
    } catch (error) {
      this.close()
      throw error
    }
  }

  readFloats(name: string, shape: readonly number[]): Float32Array {
    return this.shard(name).readFloats(name, shape)
  }

  readRows(name: string, shape: readonly number[], from: number, count: number): Float32Array {
    return this.shard(name).readRows(name, shape, from, count)
  }

  readInts(name: string, rows?: Rows): ReturnType<Weights['readInts']> {
    return this.shard(name).readInts(name, rows)
  }

  matrix(): null {
    return null
  }

  close(): void {
    for (const shard of this.shards.values()) shard.close()
  }

  private shard(name: string): SafetensorsFile {
    const shard = this.places.get(name)
    if (shard === undefined) throw misplaced(name, 'is missing')
    return this.shards.get(shard)!
  }

  private add(shard: string, file: SafetensorsFile): void {
    this.shards.set(shard, file)
    for (const [name, entry] of file.entries) {
      const place = this.places.get(name)
      if (place !== shard) {
        throw misplaced(name, `lies in ${shard}, where the index ${place ? `names ${place}` : 'does not list it'}`)
      }
      this.entries.set(name, entry)
    }
  }
}

function misplaced(tensor: string, what: string): DepthwiseError {
  return new DepthwiseError('MODEL_WEIGHTS', `The tensor ${tensor} ${what}.`, { detail: tensor })
}
