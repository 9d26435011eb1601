import type { Tensor } from 'onnxruntime-node'
import { PORT } from '../../plan/ports.ts'
import type { LoadedGraphs } from '../graphs.ts'
import type { HeadRows } from '../memory/kv-cache.ts'
import type { Outputs } from './forward.ts'
import { inputsOf } from './inputs.ts'
import { JointKeys, ownKeys } from './joint-keys.ts'
import { layoutOf, rowCount, wantedRows } from './layout.ts'
import type { PendingVisit } from './pass.ts'

/** Runs a graph once for the pending of one pass or of several: their rows lie one after the other. */
export class JointRun {
  private readonly graphs: LoadedGraphs
  private readonly joint = new JointKeys()

  constructor(graphs: LoadedGraphs) {
    this.graphs = graphs
  }

  /** Passes that are no more: what was kept for them is forgotten. */
  forget(): void {
    this.joint.clear()
  }

  /** @param pending of one kind, as the batcher has it; takes the outcome into their passes */
  async of(pending: readonly PendingVisit[]): Promise<void> {
    const [{ visit }] = pending as [PendingVisit]
    const graph = this.graphs.form[visit.graph]!
    const keys = pending.length === 1 ? ownKeys(pending[0]!) : this.joint.of(pending)
    const layout = layoutOf(pending, keys, graph.inputs)
    const feeds = inputsOf(pending, keys, layout, graph.inputs, (name) => this.graphs.constant(name))
    const writing = pending.some((request) => request.visit.cache?.mode === 'append')
    const outputs = graph.outputs.filter((name) => writing || !NEW_ROWS.has(name))
    const result = await this.graphs.run(visit.graph, feeds, Object.fromEntries(outputs.map((name) => [name, null])))
    const rows = newRows(pending, result)
    const parts = pending.length === 1 ? [whole(result)] : divided(pending, result)
    pending.forEach((request, i) => {
      request.pass.take(parts[i]!, rows[i])
    })
  }
}

/** Outputs that a run is not asked for where it writes no K/V. */
const NEW_ROWS = new Set<string>([PORT.newKeys, PORT.newValues])

/** Per request, its part of the new keys and values [layers · kvHeads, 1, all rows, headDim]. */
function newRows(pending: readonly PendingVisit[], result: Record<string, Tensor>): (HeadRows | undefined)[] {
  const { [PORT.newKeys]: keys, [PORT.newValues]: values } = result
  if (!keys || !values) return []
  const data = { key: keys.data as Float32Array, value: values.data as Float32Array }
  const [, , total = 0, headDim = 0] = keys.dims
  let start = 0
  return pending.map(({ rows }) => {
    const from = start
    start += rows.length
    return (kind, head) => {
      const begin = (head * total + from) * headDim
      return data[kind].subarray(begin, begin + rows.length * headDim)
    }
  })
}

function whole(result: Record<string, Tensor>): Outputs {
  return (name) => (result[name] ? (result[name].data as Float32Array) : null)
}

/** Every request's part of the outputs [all rows, …]; logits have rows only where they are wanted. */
function divided(pending: readonly PendingVisit[], result: Record<string, Tensor>): Outputs[] {
  const total = rowCount(pending)
  const wanted = pending.map(wantedRows)
  const allWanted = wanted.reduce((sum, count) => sum + count, 0)
  let [start, startWanted] = [0, 0]
  return pending.map(({ rows }, i) => {
    const [from, fromWanted] = [start, startWanted]
    start += rows.length
    startWanted += wanted[i]!
    return (name) => {
      const tensor = result[name]
      if (!tensor) return null
      const values = tensor.data as Float32Array
      const isLogits = name === PORT.logits
      const width = values.length / (isLogits ? allWanted : total)
      const begin = (isLogits ? fromWanted : from) * width
      return values.slice(begin, begin + (isLogits ? wanted[i]! : rows.length) * width)
    }
  })
}
