import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { DepthwiseError } from '../../common/errors.ts'
import type { Precision } from '../../common/values.ts'
import type { Weights } from '../stored.ts'
import { architectureOf, configOf, generationOf } from './config.ts'
import { ROPE_FACTORS } from './architecture.ts'
import type { GgufHeader } from './header.ts'
import { readHeader } from './header.ts'
import { tokenizerConfigOf, tokenizerOf } from './tokenizer.ts'
import type { Heads } from './weights.ts'
import { GgufWeights, readTensor } from './weights.ts'

/** More pairs than any head has. */
const MAX_FACTORS = 1024

/** A model in one GGUF file: what a folder says in its JSON files is made of the file's metadata. */
export class GgufSource {
  readonly place: string
  readonly name: string
  private readonly header: GgufHeader

  /** @throws DepthwiseError as readHeader */
  constructor(place: string) {
    this.place = place
    this.name = path.basename(place).replace(/\.gguf$/i, '')
    this.header = readHeader(place)
  }

  has(): boolean {
    return true
  }

  /** @throws DepthwiseError MODEL_CONFIG, MODEL_TOKENIZER, MODEL_WEIGHTS, MODEL_UNSUPPORTED, naming the key */
  raw(part: 'config.json' | 'generation_config.json' | 'tokenizer.json' | 'tokenizer_config.json'): unknown {
    const { metadata } = this.header
    switch (part) {
      case 'config.json':
        return configOf(this.header, this.ropeFactors())
      case 'generation_config.json':
        return generationOf(metadata)
      case 'tokenizer.json':
        return tokenizerOf(metadata)
      case 'tokenizer_config.json':
        return tokenizerConfigOf(metadata)
    }
  }

  weights(): Weights {
    return new GgufWeights(this.place, this.header.tensors, this.heads())
  }

  files(): { name: string; place: string }[] {
    return [{ name: 'gguf', place: path.resolve(this.place) }]
  }

  copy(part: Parameters<GgufSource['raw']>[0], folder: string): void {
    writeFileSync(path.join(folder, part), JSON.stringify(this.raw(part)), { flag: 'wx' })
  }

  note(precision: Precision): string | null {
    if (precision === 'fp32') return null
    const matrices = this.header.tensors.filter(({ shape }) => shape.length > 1)
    const types = new Set(matrices.map(({ type }) => type))
    const again = [...types].filter(
      ({ values, codes }) => values > 1 && !(codes && (codes.bits === 4 || precision === 'int8')),
    )
    if (again.length === 0) return null
    const names = again.map(({ name }) => name)
    const listed = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}` : names[0]!
    return `The file stores matrices as ${listed}, which this runtime does not compute with: they were rounded once more, which changes answers a little.`
  }

  private heads(): Heads | null {
    const { metadata } = this.header
    const prefix = metadata.text('general.architecture')!
    if (!architectureOf(metadata).neighbours) return null
    const queries = metadata.needed(`${prefix}.attention.head_count`)
    return { queries, keys: metadata.number(`${prefix}.attention.head_count_kv`) ?? queries }
  }

  private ropeFactors(): Float32Array | null {
    const tensor = this.header.tensors.find(({ name }) => name === ROPE_FACTORS)
    if (!tensor) return null
    if (tensor.shape.length === 1 && tensor.shape[0]! <= MAX_FACTORS) return readTensor(this.place, tensor)
    const message = `The tensor ${ROPE_FACTORS} has shape [${tensor.shape.join(', ')}], which no head has.`
    throw new DepthwiseError('MODEL_WEIGHTS', message, { detail: ROPE_FACTORS })
  }
}
