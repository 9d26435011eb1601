import type { Tensor } from 'onnxruntime-node'
import type { LoadedGraphs } from '../graphs.ts'
import { inputsOf, rowCount } from './inputs.ts'
import type { Keys } from './joint-keys.ts'
import { JointKeys, ownKeys } from './joint-keys.ts'
import type { Outputs, Request } from './pass.ts'

/** Runs a graph once for the requests of one pass or of several: their rows lie one after the other. */
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

  /** @param requests of one kind, as the batcher has it; takes the outcome into their passes */
  async of(requests: readonly Request[]): Promise<void> {
    const { visit, pass } = requests[0]!
    const graph = pass.plan.graphs[visit.graph]!
    const writes = requests.some((request) => request.visit.cache?.writes === 'own')
    const keys: Keys = requests.length === 1 ? ownKeys(requests[0]!) : this.joint.of(requests)
    const feeds = inputsOf(requests, keys, graph.inputs, (name) => this.graphs.constant(name))
    const fetched = graph.outputs.filter((name) => name !== 'rows' || writes)
    const result = await this.graphs.run(visit.graph, feeds, fetched)
    if (requests.length === 1) {
      pass.take((name) => (result[name] ? (result[name].data as Float32Array) : null))
      return
    }
    const parts = divided(requests, result)
    requests.forEach((request, i) => {
      request.pass.take(parts[i]!)
    })
  }
}

/** Every request's part of the outputs [all rows, …]; logits have rows only where they are wanted. */
function divided(requests: readonly Request[], result: Record<string, Tensor>): Outputs[] {
  const total = rowCount(requests)
  const wanted = requests.map(wantedRows)
  const allWanted = wanted.reduce((sum, count) => sum + count, 0)
  let [start, startWanted] = [0, 0]
  return requests.map(({ rows }, i) => {
    const [from, fromWanted] = [start, startWanted]
    start += rows.length
    startWanted += wanted[i]!
    return (name) => {
      const tensor = result[name]
      if (!tensor) return null
      const values = tensor.data as Float32Array
      const isLogits = name === 'logits'
      const width = values.length / (isLogits ? allWanted : total)
      const begin = (isLogits ? fromWanted : from) * width
      return values.slice(begin, begin + (isLogits ? wanted[i]! : rows.length) * width)
    }
  })
}

/** Rows whose logits a graph is asked for: at least one, as it cannot be asked for none. */
export function wantedRows({ pass, rows }: Request): number {
  return pass.wanted === 'all' ? rows.length : 1
}
