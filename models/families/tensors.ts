import { DepthwiseError } from '../common/errors.ts'
import type { Codes, StoredMatrix, Weights } from '../formats/stored.ts'
import type { LayerMatrices } from '../graphs/llama-layer.ts'
import type { Part } from '../graphs/matrix.ts'
import type { Matrix } from '../graphs/matrix.ts'
import type { LayerSizes } from './llama-parts.ts'
import { PART_NAMES, PARTS, partSize } from './llama-parts.ts'

/** RoPE's frequencies and tables, which some files hold and everyone computes again. */
const BUFFER = /(^|\.)rotary_emb\.(original_inv_freq|inv_freq|cos_cached|sin_cached)$/

/** Reads the tensors of a model by name and remembers which were asked for, so that none is left over unnoticed. */
export class TensorReader {
  private readonly weights: Weights
  private readonly progress: (fraction: number) => void
  private readonly used = new Set<string>()
  private readonly loaded = new Set<string>()
  private readonly copies = new Set<string>()

  /** @param progress told the share of tensors read, 0 to 1 */
  constructor(weights: Weights, progress: (fraction: number) => void) {
    this.weights = weights
    this.progress = progress
  }

  /** A matrix that is read when it is needed; its presence and shape are checked now. */
  matrix(name: string, rows: number, cols: number): Matrix {
    this.check(name, [rows, cols])
    return { name, rows, cols, read: () => this.load(name, [rows, cols]), stored: this.stored(name) }
  }

  floats(name: string, shape: readonly number[]): Float32Array {
    this.check(name, shape)
    return this.load(name, shape)
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
    const values = this.load(original, shape)
    const same = this.load(name, shape).every((value, i) => value === values[i])
    if (same) this.copies.add(name)
    return same
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
      if (!this.copies.has(name)) parameters += entry.shape.reduce((product, dim) => product * dim, 1)
    }
    return parameters
  }

  private load(name: string, shape: readonly number[]): Float32Array {
    const values = this.weights.readFloats(name, shape)
    this.note(name)
    return values
  }

  private stored(name: string): StoredMatrix | null {
    const matrix = this.weights.matrix(name)
    if (!matrix) return null
    const read = (): Codes => {
      const codes = matrix.read()
      this.note(name)
      return codes
    }
    return { ...matrix, read }
  }

  private note(name: string): void {
    this.loaded.add(name)
    this.progress(this.loaded.size / this.weights.entries.size)
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
