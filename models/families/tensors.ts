import { DepthwiseError } from '../../electron/contract/errors.ts'
import type { Weights } from '../formats/weights.ts'
import type { LayerMatrices } from '../graphs/llama-layer.ts'
import type { Matrix } from '../graphs/matrix.ts'

/** Reads the tensors of a model by name and remembers which were asked for, so that none is left over unnoticed. */
export class TensorReader {
  private readonly weights: Weights
  private readonly progress: (fraction: number) => void
  private readonly used = new Set<string>()
  private readonly loaded = new Set<string>()

  /** @param progress told the share of tensors read, 0 to 1 */
  constructor(weights: Weights, progress: (fraction: number) => void) {
    this.weights = weights
    this.progress = progress
  }

  /** A matrix that is read when it is needed; its presence and shape are checked now. */
  matrix(name: string, rows: number, cols: number): Matrix {
    this.check(name, [rows, cols])
    return { name, rows, cols, read: () => this.load(name, [rows, cols]) }
  }

  floats(name: string, shape: readonly number[]): Float32Array {
    this.check(name, shape)
    return this.load(name, shape)
  }

  /** The seven matrices of a Llama layer under `prefix`. */
  llamaLayer(
    prefix: string,
    d: { hidden: number; heads: number; kvHeads: number; headDim: number; intermediate: number },
  ): LayerMatrices {
    const attention = (leaf: string, rows: number, cols: number): Matrix =>
      this.matrix(`${prefix}.self_attn.${leaf}.weight`, rows, cols)
    const mlp = (leaf: string, rows: number, cols: number): Matrix =>
      this.matrix(`${prefix}.mlp.${leaf}.weight`, rows, cols)
    return {
      name: prefix,
      q: attention('q_proj', d.heads * d.headDim, d.hidden),
      k: attention('k_proj', d.kvHeads * d.headDim, d.hidden),
      v: attention('v_proj', d.kvHeads * d.headDim, d.hidden),
      o: attention('o_proj', d.hidden, d.heads * d.headDim),
      gate: mlp('gate_proj', d.intermediate, d.hidden),
      up: mlp('up_proj', d.intermediate, d.hidden),
      down: mlp('down_proj', d.hidden, d.intermediate),
    }
  }

  /** Number of parameters stored. @throws DepthwiseError MODEL_WEIGHTS where a tensor of the file was never asked for */
  finish(): number {
    let parameters = 0
    for (const [name, entry] of this.weights.entries) {
      if (!this.used.has(name)) {
        throw new DepthwiseError(
          'MODEL_WEIGHTS',
          `The weights hold a tensor that this architecture does not have: ${name}.`,
          { detail: name },
        )
      }
      parameters += entry.shape.reduce((product, dim) => product * dim, 1)
    }
    return parameters
  }

  private load(name: string, shape: readonly number[]): Float32Array {
    const values = this.weights.readFloats(name, shape)
    this.loaded.add(name)
    this.progress(this.loaded.size / this.weights.entries.size)
    return values
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
