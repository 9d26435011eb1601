import { DepthwiseError } from '../common/errors.ts'
import type { Codes, StoredMatrix, Weights } from '../formats/stored.ts'
import type { LayerMatrices } from '../graphs/llama-layer.ts'
import type { Matrix, Part } from '../graphs/matrix.ts'
import { runs } from '../graphs/matrix.ts'
import type { LayerSizes } from './llama-parts.ts'
import { PART_NAMES, PARTS, partSize } from './llama-parts.ts'

/** RoPE's frequencies and tables, which some files hold and everyone computes again. */
const BUFFER = /(^|\.)rotary_emb\.(original_inv_freq|inv_freq|cos_cached|sin_cached)$/

/** Reads the tensors of a model by name and remembers which were asked for, so that none is left over unnoticed. */
export class TensorReader {
  private readonly weights: Weights
  private readonly progress: (fraction: number) => void
  private readonly used = new Set<string>()
  /** Values read so far: of each tensor as far as it was ever read, and of all. */
  private readonly reached = new Map<string, number>()
  private read = 0
  private readonly total: number
  private readonly copies = new Set<string>()

  /** @param progress told the share of all values that was read, 0 to 1, at every reading */
  constructor(weights: Weights, progress: (fraction: number) => void) {
    this.weights = weights
    this.total = [...weights.entries.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    this.progress = progress
  }

  /** A matrix that is read when it is needed; its presence and shape are checked now. */
  matrix(name: string, rows: number, cols: number): Matrix {
    this.check(name, [rows, cols])
    const readRows = (from: number, count: number): Float32Array => this.rows(name, [rows, cols], from, count)
    return { name, rows, cols, readRows, stored: this.stored(name, cols) }
  }

  floats(name: string, shape: readonly number[]): Float32Array {
    this.check(name, shape)
    return this.rows(name, shape, 0, shape[0] ?? 1)
  }

  /** The seven matrices of a Llama layer under `prefix`. @param nameOf where they have other names than transformers' */
  llamaLayer(
    prefix: string,
    sizes: LayerSizes,
    nameOf: (part: Part) => string = (part) => `${prefix}.${PART_NAMES[part]}.weight`,
  ): LayerMatrices {
    const matrix = (part: Part): [Part, Matrix] => [part, this.matrix(nameOf(part), ...partSize(sizes, part))]
    return { name: prefix, ...(Object.fromEntries(PARTS.map(matrix)) as Record<Part, Matrix>) }
  }

  /** Accepts a stored buffer that is computed again, and no parameter. @throws DepthwiseError MODEL_WEIGHTS where its shape is wrong */
  buffer(name: string, shape: readonly number[]): void {
    if (!this.has(name)) return
    this.check(name, shape)
    this.copies.add(name)
  }

  has(name: string): boolean {
    return this.weights.entries.has(name)
  }

  /**
   * Accepts a tensor that is another one stored again, as tied weights are.
   * @throws DepthwiseError MODEL_WEIGHTS where it is missing or not equal
   */
  copy(name: string, original: string, shape: readonly number[]): void {
    if (this.equal(name, original, shape)) return
    throw new DepthwiseError(
      'MODEL_WEIGHTS',
      `The tensors ${name} and ${original} should be one shared weight, but they differ.`,
      { detail: name },
    )
  }

  /** Whether a tensor is another one stored again; it then counts as one. @throws DepthwiseError MODEL_WEIGHTS where it is missing */
  equal(name: string, original: string, shape: readonly number[]): boolean {
    this.check(name, shape)
    if (name === original) return true
    for (const { from, count } of runs(shape[0] ?? 1, sizeOf(shape.slice(1)))) {
      const values = this.rows(original, shape, from, count)
      if (!this.rows(name, shape, from, count).every((value, i) => value === values[i])) return false
    }
    this.copies.add(name)
    return true
  }

  /** Number of parameters, each shared one counted once. @throws DepthwiseError MODEL_WEIGHTS where a tensor of the file was never asked for */
  finish(): number {
    let parameters = 0
    for (const [name, entry] of this.weights.entries) {
      if (BUFFER.test(name)) continue
      if (!this.used.has(name)) {
        throw new DepthwiseError(
          'MODEL_WEIGHTS',
          `The weights hold a tensor that this architecture does not have: ${name}.`,
          { detail: name },
        )
      }
      if (!this.copies.has(name)) parameters += sizeOf(entry.shape)
    }
    return parameters
  }

  private rows(name: string, shape: readonly number[], from: number, count: number): Float32Array {
    const values = this.weights.readRows(name, shape, from, count)
    this.note(name, (from + count) * sizeOf(shape.slice(1)))
    return values
  }

  private stored(name: string, cols: number): StoredMatrix | null {
    const matrix = this.weights.matrix(name)
    if (!matrix) return null
    const readRows = (from: number, count: number): Codes => {
      const codes = matrix.readRows(from, count)
      this.note(name, (from + count) * cols)
      return codes
    }
    return { ...matrix, readRows }
  }

  /** @param values of the tensor, from its beginning, that have been read */
  private note(name: string, values: number): void {
    const before = this.reached.get(name) ?? 0
    if (values > before) {
      this.reached.set(name, values)
      this.read += values - before
    }
    this.progress(this.total === 0 ? 1 : this.read / this.total)
  }

  private check(name: string, shape: readonly number[]): void {
    const entry = this.weights.entries.get(name)
    if (!entry) throw new DepthwiseError('MODEL_WEIGHTS', `The weights lack the tensor ${name}.`, { detail: name })
    if (entry.shape.length !== shape.length || entry.shape.some((dim, i) => dim !== shape[i])) {
      throw new DepthwiseError(
        'MODEL_WEIGHTS',
        `The tensor ${name} has shape [${entry.shape.join(', ')}] where the configuration needs [${shape.join(', ')}].`,
        { detail: name },
      )
    }
    this.used.add(name)
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}
