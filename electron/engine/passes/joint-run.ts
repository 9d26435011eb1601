import { Tensor } from 'onnxruntime-node'
import type { LoadedGraphs } from '../graphs.ts'
import { cachePort } from './cache-port.ts'
import { inputsOf } from './inputs.ts'
import type { Keys } from './joint-keys.ts'
import { JointKeys, ownKeys } from './joint-keys.ts'
import type { Layout } from './layout.ts'
import { layoutOf, rowCount } from './layout.ts'
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
    const ordered = writersFirst(requests)
    const [{ visit, pass }] = ordered as [Request]
    const graph = this.graphs.forms[visit.graph]!
    const keys = ordered.length === 1 ? ownKeys(ordered[0]!) : this.joint.of(ordered)
    const layout = layoutOf(ordered, keys, graph.inputs)
    const feeds = inputsOf(ordered, keys, layout, graph.inputs, (name) => this.graphs.constant(name))
    const fetches: Record<string, Tensor | null> = {}
    for (const name of graph.outputs) {
      const fetch = fetchOf(name, ordered, keys, layout)
      if (fetch !== 'none') fetches[name] = fetch
    }
    const result = await this.graphs.run(visit.graph, feeds, fetches)
    if (ordered.length === 1) {
      pass.take((name) => (result[name] ? (result[name].data as Float32Array) : null))
      return
    }
    const parts = divided(ordered, result)
    ordered.forEach((request, i) => {
      request.pass.take(parts[i]!)
    })
    this.joint.adopt(ordered.filter(writes))
  }
}

function writes({ visit }: Request): boolean {
  return visit.cache?.writes === 'own'
}

/** New rows lie in the order of the requests: those that stay come first, so that they can be counted. */
function writersFirst(requests: readonly Request[]): readonly Request[] {
  if (requests.length === 1) return requests
  return [...requests.filter(writes), ...requests.filter((request) => !writes(request))]
}

/** The memory that a graph is to write an output into, null for its own, or 'none' where the output is not wanted. */
function fetchOf(name: string, requests: readonly Request[], keys: Keys, layout: Layout): Tensor | null | 'none' {
  const port = cachePort(name)
  if (!port) return null
  if (!layout.own) return 'none'
  if (!layout.inPlace) return requests.some(writes) ? null : 'none'
  const { kind, layer, head } = port
  const store = keys.store(layer)
  const count = rowCount(requests)
  const end = store.rows(kind, head, store.length, store.length + count)
  return new Tensor('float32', end, kind === 'key' ? [1, count, store.shape.headDim] : [count, store.shape.headDim])
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
