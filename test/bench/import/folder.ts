import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { FAMILIES } from '../../../models/families/index.ts'
import { ModelWriter } from '../../../models/families/build.ts'
import type { Matrix } from '../../../models/graphs/matrix.ts'
import { AnyTensors, NoWeights } from '../gpu/shapes.ts'
import { BUILT_IN, FileStream } from '../models/files.ts'
import { RandomBits } from '../models/random.ts'

type Shapes = Map<string, readonly number[]>

/** How a checkpoint is published: the type of its values, its files, and what it holds beside what its family asks for. */
export interface Published {
  type: 'F32' | 'BF16'
  shards: number
  also: Record<string, readonly number[]>
}

/** A tensor's values begin at another place of one pattern: ONNX Runtime keeps equal matrices once. */
const PATTERN = 1 << 22
/** What is written at a time. */
const PIECE_BYTES = 1 << 23

/** Notes every tensor that is asked for. */
class Asked extends AnyTensors {
  readonly shapes: Shapes = new Map()

  override matrix(name: string, rows: number, cols: number): Matrix {
    this.shapes.set(name, [rows, cols])
    return super.matrix(name, rows, cols)
  }

  override floats(name: string, shape: readonly number[]): Float32Array {
    this.shapes.set(name, shape)
    return new Float32Array(sizeOf(shape)).fill(1)
  }

  override buffer(name: string, shape: readonly number[]): void {
    this.shapes.set(name, shape)
  }
}

/** Writes a model folder of a configuration's shapes whose matrices are random, as large and in as many files as published. */
export async function writeFolder(config: object, { type, shards, also }: Published, folder: string): Promise<void> {
  mkdirSync(folder)
  const shapes = await shapesOf(config, path.join(folder, '.graphs'))
  for (const [name, shape] of Object.entries(also)) shapes.set(name, shape)
  const bytes = type === 'F32' ? 4 : 2
  const total = [...shapes.values()].reduce((sum, shape) => sum + bytes * sizeOf(shape), 0)
  const files = divided(shapes, total / shards / bytes)
  const weightMap: Record<string, string> = {}
  files.forEach((held, i) => {
    const name =
      shards === 1
        ? 'model.safetensors'
        : `model-${String(i + 1).padStart(5, '0')}-of-${String(files.length).padStart(5, '0')}.safetensors`
    for (const tensor of held.keys()) weightMap[tensor] = name
    writeShard(path.join(folder, name), held, type)
  })
  if (shards > 1) {
    const index = { metadata: { total_size: total }, weight_map: weightMap }
    writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify(index))
  }
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config))
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
    copyFileSync(path.join(BUILT_IN, file), path.join(folder, file))
  }
}

async function shapesOf(config: object, scratch: string): Promise<Shapes> {
  const asked = new Asked()
  mkdirSync(scratch)
  const writer = new ModelWriter(scratch, 'int8', false, new NoWeights(path.join(scratch, 'none')))
  await FAMILIES.get((config as { model_type: string }).model_type)!.read(config)(asked, writer)
  writer.close()
  return asked.shapes
}

/** Tensors in their order, a new file as soon as one has so many values. */
function divided(shapes: Shapes, values: number): Shapes[] {
  const files: Shapes[] = [new Map<string, readonly number[]>()]
  let held = 0
  for (const [name, shape] of shapes) {
    if (held + sizeOf(shape) / 2 > values && held > 0) {
      files.push(new Map())
      held = 0
    }
    files.at(-1)!.set(name, shape)
    held += sizeOf(shape)
  }
  return files
}

function writeShard(file: string, shapes: Shapes, type: Published['type']): void {
  const bytes = type === 'F32' ? 4 : 2
  const header: Record<string, unknown> = {}
  let end = 0
  for (const [name, shape] of shapes) {
    const size = bytes * sizeOf(shape)
    header[name] = { dtype: type, shape, data_offsets: [end, end + size] }
    end += size
  }
  const text = Buffer.from(JSON.stringify(header))
  const start = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ')
  start.writeBigUInt64LE(BigInt(start.length - 8))
  text.copy(start, 8)
  const stream = new FileStream(file)
  stream.write(start)
  for (const [name, shape] of shapes) {
    const pattern = shape.length === 2 && shape[0]! > 1 ? random(type) : ones(type)
    for (const piece of pieces(pattern, sizeOf(shape) * bytes, name)) stream.write(piece)
  }
  stream.close()
}

const patterns = new Map<string, Uint8Array>()

/** Between a sixty-fourth and a hundred-and-twenty-eighth, of either sign. */
function random(type: Published['type']): Uint8Array {
  const known = patterns.get(type)
  if (known) return known
  const bits = new RandomBits(7)
  const halves = bits.bfloat16(PATTERN, -7)
  const made =
    type === 'BF16'
      ? new Uint8Array(halves.buffer)
      : new Uint8Array(Uint32Array.from(halves, (half) => (half << 16) | (bits.next() & 0xffff)).buffer)
  patterns.set(type, made)
  return made
}

function ones(type: Published['type']): Uint8Array {
  const one = new Uint16Array(1 << 16).fill(0x3f80)
  return type === 'BF16' ? new Uint8Array(one.buffer) : new Uint8Array(Float32Array.from(one, () => 1).buffer)
}

/** So many bytes of a pattern over and over, from a place in it that the tied head has of the table too. */
function* pieces(pattern: Uint8Array, length: number, name: string): Generator<Uint8Array> {
  const key = name === 'lm_head.weight' ? 'transformer.wte.weight' : name
  const hash = Buffer.from(key).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 7)
  let at = ((hash % (pattern.length / 4)) * 4) % pattern.length
  for (let done = 0; done < length;) {
    const count = Math.min(PIECE_BYTES, length - done, pattern.length - at)
    yield pattern.subarray(at, at + count)
    done += count
    at = (at + count) % pattern.length
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}
