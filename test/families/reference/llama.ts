/** The parts of Llama-like models in float64 and plain loops, written from the formulas; nothing here is the runtime's. */
export type Vector = number[]

export interface Tensor {
  shape: number[]
  values: Float32Array
}
export type Tensors = Record<string, Tensor>

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
export const silu = (x: number): number => x * sigmoid(x)
export const plus = (a: Vector, b: Vector): Vector => a.map((value, i) => value + b[i]!)

/** W [rows, cols] · x */
export function times({ shape, values }: Tensor, x: Vector): Vector {
  const [rows, cols] = shape as [number, number]
  return Array.from({ length: rows }, (_, r) => {
    let sum = 0
    for (let c = 0; c < cols; c++) sum += values[r * cols + c]! * x[c]!
    return sum
  })
}

/** A row of a table [rows, cols]. */
export function rowOf({ shape, values }: Tensor, row: number): Vector {
  return [...values.subarray(row * shape[1]!, (row + 1) * shape[1]!)]
}

/** @param weight null: none */
export function rms(x: Vector, weight: Tensor | null, epsilon: number): Vector {
  const scale = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + epsilon)
  return x.map((value, i) => value * scale * (weight ? weight.values[i]! : 1))
}

export interface Sizes {
  heads: number
  kvHeads: number
  headDim: number
  theta: number
}

/** Halves layout: pairs (i, i + headDim / 2) of each head. */
export function rotated(x: Vector, position: number, { headDim, theta }: Sizes): Vector {
  const half = headDim / 2
  return x.map((value, at) => {
    const [i, start] = [at % headDim, at - (at % headDim)]
    const angle = position * theta ** ((-2 * (i % half)) / headDim)
    const other = x[start + ((i + half) % headDim)]!
    return value * Math.cos(angle) + (i < half ? -other : other) * Math.sin(angle)
  })
}

/** The key and the value of one token, all heads. */
export interface Row {
  key: Vector
  value: Vector
}

export function attend(q: Vector, seen: readonly Row[], { heads, kvHeads, headDim }: Sizes): Vector {
  return Array.from({ length: heads }, (_, head) => {
    const at = Math.floor(head / (heads / kvHeads)) * headDim
    const query = q.slice(head * headDim, (head + 1) * headDim)
    const scores = seen.map(({ key }) => query.reduce((sum, x, i) => sum + x * key[at + i]!, 0) / Math.sqrt(headDim))
    const top = Math.max(...scores)
    const weights = scores.map((score) => Math.exp(score - top))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return query.map((_x, i) => seen.reduce((sum, { value }, s) => sum + weights[s]! * value[at + i]!, 0) / total)
  }).flat()
}

/** Per token, null where it takes no part. */
export type Tokens<T> = (T | null)[]

export interface Attention {
  sizes: Sizes
  weight: (leaf: string) => Tensor
  /** What is left in a layer's cache of tokens that take no part. */
  left?: Tokens<Row> | undefined
  /** K/V that are read in place of the layer's own. */
  read?: Tokens<Row> | undefined
  visible: (position: number, other: number) => boolean
  /** Whether the outcome is multiplied by sigmoid(gate_proj x). */
  gated?: boolean
}

/** o_proj(attention(x)) of the tokens that take part, at positions 0, 1, …; and what the layer's cache then holds. */
export function attention(
  x: Tokens<Vector>,
  { sizes, weight, left, read, visible, gated }: Attention,
): {
  out: Tokens<Vector>
  rows: Tokens<Row>
} {
  const own = (token: Vector | null, position: number): Row | null => {
    if (!token) return left?.[position] ?? null
    const key = rotated(times(weight('k_proj.weight'), token), position, sizes)
    return { key, value: times(weight('v_proj.weight'), token) }
  }
  const rows = read ?? x.map(own)
  const out = x.map((token, position) => {
    if (!token) return null
    const q = rotated(times(weight('q_proj.weight'), token), position, sizes)
    const seen = rows.filter((row, other): row is Row => row !== null && visible(position, other))
    const mixed = attend(q, seen, sizes)
    const gate = gated ? times(weight('gate_proj.weight'), token).map(sigmoid) : null
    return times(weight('o_proj.weight'), gate ? mixed.map((value, i) => value * gate[i]!) : mixed)
  })
  return { out, rows }
}

/** SwiGLU. */
export function mlp(x: Vector, weight: (leaf: string) => Tensor): Vector {
  const up = times(weight('up_proj.weight'), x)
  const active = times(weight('gate_proj.weight'), x).map((value, i) => silu(value) * up[i]!)
  return times(weight('down_proj.weight'), active)
}

export const causal = (position: number, other: number): boolean => other <= position
