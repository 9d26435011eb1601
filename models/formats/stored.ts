import type { Rows, SafetensorsFile, TensorEntry } from './safetensors.ts'

/** The tensors of a model, whether they lie in one file or in several. */
export interface Weights {
  readonly entries: ReadonlyMap<string, TensorEntry>
  /** @throws as SafetensorsFile.readFloats */
  readFloats(name: string, shape: readonly number[]): Float32Array
  /** `count` rows from the row `from` on; a row is what the first dimension counts. @throws as readFloats */
  readRows(name: string, shape: readonly number[], from: number, count: number): Float32Array
  /** @throws as SafetensorsFile.readInts */
  readInts(name: string, rows?: Rows): ReturnType<SafetensorsFile['readInts']>
  /** A matrix as it is stored, null where that is in floating point. */
  matrix(name: string): StoredMatrix | null
  close(): void
}

/** A matrix as a folder stores it in 4 or 8 bits: value = code · scale of its row and group. */
export interface StoredMatrix {
  bits: 4 | 8
  /** Columns that share a scale. */
  group: number
  /** Whether it is to run as it is where 8 bits are asked for, too; in 4 bits every one does. */
  exact?: boolean
  /** The codes of `count` rows from the row `from` on. @throws DepthwiseError MODEL_WEIGHTS */
  readRows(from: number, count: number): Codes
}

export interface Codes {
  /** rows read × cols, −2^(bits−1) to 2^(bits−1) − 1. */
  codes: Int8Array
  /** rows read × cols / group; may be negative. */
  scales: Float32Array
}
