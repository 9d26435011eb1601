import { closeSync } from 'node:fs'
import path from 'node:path'
import type { ErrorCode } from '../../common/errors.ts'
import { DepthwiseError } from '../../common/errors.ts'
import { openFile } from '../file.ts'
import type { BlockType } from './blocks.ts'
import { BLOCK_TYPES, UNREAD_TYPES } from './blocks.ts'
import type { MetadataValue } from './header-reader.ts'
import { HeaderReader } from './header-reader.ts'
import { Metadata } from './metadata.ts'

/** “GGUF”, as a number of four bytes. */
const MAGIC = 0x46554747

/** Bounds far above what any published model has. */
const MAX_ENTRIES = 10_000
const MAX_TENSORS = 100_000
const MAX_NAME = 500
const MAX_RANK = 4

const VERSIONS = [2, 3]
const DEFAULT_ALIGNMENT = 32
const MAX_ALIGNMENT = 1 << 16

/** A tensor as a GGUF file has it. */
export interface GgufTensor {
  name: string
  /** Rows first, as everywhere else; GGUF says them the other way round. */
  shape: readonly number[]
  type: BlockType
  /** Offset in the file, in bytes. */
  start: number
  byteLength: number
}

/** The header of a GGUF file (github.com/ggml-org/ggml, docs/gguf.md), checked: metadata and where the tensors lie. */
export interface GgufHeader {
  metadata: Metadata
  tensors: readonly GgufTensor[]
}

/**
 * Reads a header, and of lists in the metadata where they lie.
 * @throws DepthwiseError MODEL_NOT_FOUND where the file is no GGUF, MODEL_WEIGHTS where it is cut or inconsistent, MODEL_UNSUPPORTED where it is of a form that is not read
 */
export function readHeader(place: string): GgufHeader {
  const name = path.basename(place)
  const { fd, size } = openFile(place, 'MODEL_NOT_FOUND', name)
  const bad = (what: string, code: ErrorCode = 'MODEL_WEIGHTS'): DepthwiseError =>
    new DepthwiseError(code, `The file ${name} ${what}.`, { detail: place })
  try {
    const reader = new HeaderReader(fd, size, bad)
    if (size < 4 || reader.u32() !== MAGIC) throw bad('is neither a model folder nor a GGUF file', 'MODEL_NOT_FOUND')
    checkVersion(reader.u32(), bad)
    const tensorCount = reader.count(MAX_TENSORS, 'tensors')
    const entries = readEntries(reader, reader.count(MAX_ENTRIES, 'entries'), bad)
    const metadata = new Metadata(place, entries)
    const parts = metadata.number('split.count') ?? 1
    if (parts > 1) {
      throw bad(`is one of ${parts} parts of a model; only models in one file are read`, 'MODEL_UNSUPPORTED')
    }
    const found = Array.from({ length: tensorCount }, () => readTensor(reader, bad))
    return { metadata, tensors: placed(found, dataStart(reader.at, metadata, bad), size, bad) }
  } finally {
    closeSync(fd)
  }
}

type Bad = (what: string, code?: ErrorCode) => DepthwiseError

function checkVersion(version: number, bad: Bad): void {
  if (VERSIONS.includes(version)) return
  // the bytes of a small number, the other way round
  const swapped = version > 0xffff
  const what = swapped ? 'is for machines of the other byte order' : `is of version ${version} of GGUF`
  throw bad(`${what}, which is not read`, 'MODEL_UNSUPPORTED')
}

function readEntries(reader: HeaderReader, count: number, bad: Bad): Map<string, MetadataValue> {
  const entries = new Map<string, MetadataValue>()
  for (let i = 0; i < count; i++) {
    const key = reader.string(MAX_NAME)
    if (entries.has(key)) throw bad(`has two entries ${JSON.stringify(key.slice(0, 100))}`)
    entries.set(key, reader.value())
  }
  return entries
}

type Described = Omit<GgufTensor, 'start'> & { offset: number }

function readTensor(reader: HeaderReader, bad: Bad): Described {
  const name = reader.string(MAX_NAME)
  const quoted = JSON.stringify(name)
  const rank = reader.u32()
  if (rank < 1 || rank > MAX_RANK) throw bad(`has a tensor ${quoted} of ${rank} dimensions`)
  const shape = Array.from({ length: rank }, () => reader.u64()).toReversed()
  const code = reader.u32()
  const offset = reader.u64()
  const type = BLOCK_TYPES.get(code)
  if (!type) {
    const known = UNREAD_TYPES[code]
    throw bad(`has a tensor ${quoted} of type ${known ?? code}, which is not read`, 'MODEL_UNSUPPORTED')
  }
  const values = shape.reduce((product, dim) => product * dim, 1)
  const byteLength = (values / type.values) * type.bytes
  if (values === 0 || !Number.isSafeInteger(values) || !Number.isSafeInteger(byteLength)) {
    throw bad(`has a tensor ${quoted} of the impossible shape [${shape.join(', ')}]`)
  }
  if (shape.at(-1)! % type.values !== 0) throw bad(`has a tensor ${quoted} whose rows are no whole blocks`)
  return { name, shape, type, offset, byteLength }
}

function dataStart(headerEnd: number, metadata: Metadata, bad: Bad): number {
  const alignment = metadata.number('general.alignment') ?? DEFAULT_ALIGNMENT
  if (!Number.isSafeInteger(alignment) || alignment < 1 || alignment > MAX_ALIGNMENT) {
    throw bad(`has a wrong value at general.alignment: ${alignment}`)
  }
  return Math.ceil(headerEnd / alignment) * alignment
}

/** Where tensors lie: inside the file, none over another. */
function placed(found: readonly Described[], start: number, size: number, bad: Bad): GgufTensor[] {
  const tensors = found.map(({ offset, ...tensor }) => ({ ...tensor, start: start + offset }))
  let [end, before] = [start, '']
  for (const tensor of tensors.toSorted((a, b) => a.start - b.start)) {
    const quoted = JSON.stringify(tensor.name)
    if (tensor.start < end) throw bad(`has a tensor ${quoted} that overlaps ${before}`)
    end = tensor.start + tensor.byteLength
    before = quoted
    if (!(end <= size)) throw bad(`is cut: its tensor ${quoted} ends at byte ${end} of ${size}`)
  }
  const names = new Set(tensors.map(({ name }) => name))
  if (names.size < tensors.length) throw bad('names a tensor twice')
  return tensors
}
