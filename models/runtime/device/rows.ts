import { Tensor } from 'onnxruntime-node'
import type { Plan } from '../../plan/plan.ts'
import { kvPort, PORT } from '../../plan/ports.ts'
import type { LoadedGraphs } from '../graphs.ts'

/**
 * Rows of a pass that every device computes rightly. From 32 on, GroupQueryAttention of onnxruntime 1.30 on WebGPU takes a
 * kernel that is silently wrong where subgroups have fewer than 16 lanes, as SwiftShader's have; below, one that needs none.
 */
export const SAFE_ROWS = 31
/** Rows of a pass on a device that computes many rightly. */
const MOST_ROWS = 512

/** Rows of the probe: in one run, and in runs that every device computes rightly. */
const [PROBED, PIECE] = [64, 16]
const TOLERANCE = 1e-3

/** Rows of a pass at most on the device that graphs were loaded on: found by attending to the same rows at once and in pieces. */
export async function rightRows({ caches }: Pick<Plan, 'caches'>, graphs: LoadedGraphs): Promise<number> {
  const [shape] = Object.values(caches)
  if (!graphs.isResident || !shape) return Infinity
  const probe = new Probe(graphs, shape.kvHeads, shape.headDim)
  const [whole, pieces] = [await probe.attend(PROBED), await probe.attend(PIECE)]
  const error = whole.reduce((most, value, i) => Math.max(most, Math.abs(value - pieces[i]!)), 0)
  return error < TOLERANCE ? MOST_ROWS : SAFE_ROWS
}

class Probe {
  private readonly graphs: LoadedGraphs
  private readonly heads: number
  private readonly headDim: number

  constructor(graphs: LoadedGraphs, heads: number, headDim: number) {
    this.graphs = graphs
    this.heads = heads
    this.headDim = headDim
  }

  /** What PROBED rows attend to, read in runs of so many. */
  async attend(size: number): Promise<Float32Array> {
    const { heads, headDim } = this
    const width = 3 * heads * headDim
    const past = (): Tensor =>
      new Tensor('float32', new Float32Array(heads * PROBED * headDim), [1, heads, PROBED, headDim])
    let [key, value] = [past(), past()]
    const all = new Float32Array(PROBED * heads * headDim)
    for (let from = 0; from < PROBED; from += size) {
      const rows = Float32Array.from({ length: size * width }, (_, i) => Math.sin(0.37 * (from * width + i)))
      const result = await this.graphs.run(
        'probe',
        {
          [PORT.rows]: new Tensor('float32', rows, [1, size, width]),
          [PORT.last]: new Tensor('int32', Int32Array.of(from + size - 1), [1]),
          [PORT.total]: new Tensor('int32', Int32Array.of(from + size), [1]),
          [kvPort('past_key', 0)]: key,
          [kvPort('past_value', 0)]: value,
        },
        { [PORT.taken]: null, [kvPort('present_key', 0)]: null, [kvPort('present_value', 0)]: null },
      )
      all.set(result[PORT.taken]!.data as Float32Array, from * heads * headDim)
      key = result[kvPort('present_key', 0)]!
      value = result[kvPort('present_value', 0)]!
    }
    return all
  }
}
