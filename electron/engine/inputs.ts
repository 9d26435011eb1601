import { Tensor } from 'onnxruntime-node'
import type { Plan, Visit } from '../../models/plan/plan.ts'
import type { Rows, Wanted } from './forward.ts'
import type { KvCache } from './kv-cache.ts'
import { attentionMask } from './mask.ts'
import type { Registers } from './registers.ts'

interface Run {
  /** Rows, by index, and their absolute positions. */
  admitted: Int32Array
  positions: Int32Array
  /** The caches of the visit's layers. */
  slots: KvCache[]
  /** Rows of them that are handed to the graph. */
  cached: number
  writes: 'own' | 'others' | 'once'
}

/** What the graphs of a pass are given, by the names that plan.ts lists. */
export class Inputs {
  private readonly plan: Plan
  private readonly rows: Rows
  private readonly caches: Readonly<Record<string, KvCache>>
  private readonly registers: Registers
  private readonly wanted: Wanted
  private readonly prefix: number

  constructor(
    plan: Plan,
    rows: Rows,
    caches: Readonly<Record<string, KvCache>>,
    registers: Registers,
    wanted: Wanted,
    prefix: number,
  ) {
    this.plan = plan
    this.rows = rows
    this.caches = caches
    this.registers = registers
    this.wanted = wanted
    this.prefix = prefix
  }

  of(
    visit: Visit,
    admitted: Int32Array,
    positions: Int32Array,
    constant: (name: string) => Tensor,
  ): Record<string, Tensor> {
    const slots = visit.cache?.slots.map((name) => this.caches[name]!) ?? []
    // attention kernels refuse an empty cache, so there is always one row, hidden by the mask while nothing is in it
    const cached = Math.max(1, slots[0]?.length ?? 0)
    const run: Run = { admitted, positions, slots, cached, writes: visit.cache?.writes ?? 'others' }
    const feeds: Record<string, Tensor> = {}
    for (const name of this.plan.graphs[visit.graph]!.inputs) {
      const bound = visit.constants[name]
      const register = visit.reads[name]
      const index = visit.indices[name]
      if (bound !== undefined) feeds[name] = constant(bound)
      else if (index !== undefined) feeds[name] = int64(Array<number>(admitted.length).fill(index), [admitted.length])
      else if (register !== undefined) feeds[name] = this.register(register, admitted)
      else feeds[name] = this.input(name, run)
    }
    return feeds
  }

  private register(name: string, admitted: Int32Array): Tensor {
    return new Tensor('float32', this.registers.gather(name, admitted), [admitted.length, this.registers.width(name)])
  }

  private input(name: string, { admitted, positions, slots, cached, writes }: Run): Tensor {
    const count = admitted.length
    switch (name) {
      case 'ids':
        return int64(
          Array.from(admitted, (row) => this.rows.ids[row]!),
          [count],
        )
      case 'positions':
        return int64(positions, [1, count])
      case 'mask': {
        const { values, width } = attentionMask(slots[0]!, cached, positions, writes !== 'others', this.prefix)
        return new Tensor('float32', values, [count, width])
      }
      case 'split':
        return int64([cached, count], [2])
      case 'writes':
        return new Tensor('bool', [writes !== 'others'], [])
      case 'output_rows':
        return this.wanted === 'all' ? int64(admitted.keys(), [count]) : int64([count - 1], [1])
      default:
        return layerInput(name, slots, cached)
    }
  }
}

function layerInput(name: string, slots: readonly KvCache[], cached: number): Tensor {
  const [kind, layer] = name.split('.')
  const slot = slots[Number(layer)]!
  const view = slot.view(cached)
  return new Tensor('float32', kind === 'key' ? view.key : view.value, [cached, slot.shape.kvHeads, slot.shape.headDim])
}

function int64(values: Iterable<number> | ArrayLike<number>, dims: number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(Array.from(values), BigInt), dims)
}
