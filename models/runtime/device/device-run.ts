import { Tensor } from 'onnxruntime-node'
import { GROWTH, READOUT } from '../graphs.ts'
import type { LoadedGraphs } from '../graphs.ts'
import type { Outputs } from '../passes/forward.ts'
import type { Pass, PendingVisit, Runner } from '../passes/pass.ts'
import { deviceInputs } from './inputs.ts'
import type { Growth } from './memory.ts'
import { Layer } from './memory.ts'

/** Runs passes whose K/V and state stay on the device: what comes back is what decides about rows, and logits. */
export class DeviceRun implements Runner {
  private readonly graphs: LoadedGraphs

  constructor(graphs: LoadedGraphs) {
    this.graphs = graphs
  }

  /** @throws DepthwiseError COMPUTE_FAILED; rows of earlier passes are as before */
  async run(pass: Pass): Promise<void> {
    const states = new Map<string, Tensor>()
    try {
      for (let request = pass.pendingVisit(); request; request = pass.pendingVisit()) await this.visit(request, states)
    } finally {
      for (const state of states.values()) state.dispose()
    }
  }

  /** @param states by register, of all rows of the pass */
  private async visit(request: PendingVisit, states: Map<string, Tensor>): Promise<void> {
    const { pass, visit } = request
    const memory = pass.device!
    const graph = this.graphs.device!.graphs[visit.graph]!
    const written = visit.cache?.mode === 'append' ? visit.cache.slots : []
    for (const slot of written) await memory.reserve(slot, pass.rows.positions.at(-1)! + 1, this.grow)

    const { state: read } = visit.inputs
    const state = read === undefined ? null : (states.get(read) ?? stateOf(pass, read))
    const feeds = deviceInputs(request, memory, graph.inputs, state, (name) => this.graphs.constant(name))
    // outputs that are left out stay bound to the tensors of the run before, which would be written into
    const result = await this.graphs.run(visit.graph, feeds, graph.outputs)

    written.forEach((slot, i) => {
      memory.replace(slot, new Layer(result[`present_key.${i}`]!, result[`present_value.${i}`]!))
    })
    if (visit.cache?.mode === 'shared') {
      for (const [name, tensor] of Object.entries(result)) if (name.startsWith('present_')) tensor.dispose()
    }
    const { next_state: kept } = visit.outputs
    if (kept !== undefined) {
      states.get(kept)?.dispose()
      states.set(kept, result.next_state!)
    }
    pass.take(await this.outputs(request, result))
  }

  /** What a pass is given back: no state, unless somebody looks on. */
  private async outputs({ pass, rows }: PendingVisit, result: Record<string, Tensor>): Promise<Outputs> {
    const { next_state: state } = result
    let seen: Float32Array | null = null
    if (state && pass.watched) {
      const { values } = await this.graphs.run(READOUT, { state }, ['values'])
      const width = state.dims[1]!
      const all = values!.data as Float32Array
      seen = new Float32Array(rows.length * width)
      for (const [i, row] of rows.entries()) seen.set(all.subarray(row * width, (row + 1) * width), i * width)
    }
    return (name) => {
      if (name === 'next_state') return seen
      const tensor = result[name]
      return tensor?.location === 'cpu' ? (tensor.data as Float32Array) : null
    }
  }

  private readonly grow: Growth = async (layer, room) => {
    const feeds = { past_key: layer.key, past_value: layer.value, room }
    const { present_key: key, present_value: value } = await this.graphs.run(GROWTH, feeds, [
      'present_key',
      'present_value',
    ])
    return new Layer(key!, value!)
  }
}

/** What rows begin with, where no visit has kept it yet. */
function stateOf({ registers, rows }: Pass, name: string): Tensor {
  return new Tensor('float32', registers.all(name), [rows.ids.length, registers.width(name)])
}
