import { Tensor } from 'onnxruntime-node'
import { residentGraph } from '../../plan/device.ts'
import type { Plan, ResidentForm } from '../../plan/plan.ts'
import { fillForm, kvPort, PORT } from '../../plan/ports.ts'
import type { LoadedGraphs } from '../graphs.ts'
import type { Outputs } from '../passes/forward.ts'
import type { Pass, PendingVisit } from '../passes/pass.ts'
import { takeRows } from '../passes/registers.ts'
import { DeviceKvCache } from './device-kv-cache.ts'
import type { DeviceTensors } from './device-tensors.ts'

type Tensors = Record<string, Tensor>

/** One pass on a device: all its rows take part in every run, and what a run gives out counts for those admitted. */
export class DevicePass {
  private readonly plan: Plan
  private readonly form: ResidentForm
  private readonly graphs: LoadedGraphs
  private readonly tensors: DeviceTensors
  private readonly pass: Pass
  private readonly kv: DeviceKvCache
  /** Registers that are on the device, [N, width]. */
  private readonly held = new Map<string, Tensor>()
  private readonly ran = new Set<number>()
  /** `last` in the device's memory, once a run has given it. */
  private reached: Tensor | null = null
  /** Positions up to the pass's last one, and it itself. */
  private readonly total: number

  constructor(plan: Plan, graphs: LoadedGraphs, tensors: DeviceTensors, pass: Pass) {
    this.plan = plan
    this.form = plan.forms.resident!
    this.graphs = graphs
    this.tensors = tensors
    this.pass = pass
    if (!(pass.kv instanceof DeviceKvCache)) throw new TypeError('A pass on a device has its K/V there.')
    this.kv = pass.kv
    this.total = pass.rows.positions.at(-1)! + 1
  }

  async visit(pending: PendingVisit): Promise<void> {
    const { visit, index } = pending
    const graph = residentGraph(visit)
    const { inputs, outputs } = this.form.graphs[graph]!
    if (visit.cache?.mode === 'append') for (const slot of visit.cache.slots) await this.kv.reserve(slot, this.total)
    const feeds = await this.feeds(pending, inputs)
    const { fetches, kept } = await this.fetches(pending, outputs, feeds)
    const result = await this.graphs.run(graph, feeds, fetches)
    this.ran.add(index)
    const seen = await this.keep(pending, kept)
    for (const [name, register] of Object.entries(visit.outputs)) if (fetches[name] === null) this.letGo(register)
    this.pass.take(this.outputs(pending, result, seen))
  }

  /** Gives tokens that left early the K/V in later visits that they left last. */
  async complete(): Promise<void> {
    for (const [index, { cache }] of this.plan.visits.entries()) {
      if (!cache?.missing || this.ran.has(index)) continue
      for (const slot of cache.slots) await this.kv.reserve(slot, this.total)
      const positions = int64(this.pass.rows.positions)
      const feeds: Tensors = { ...this.reach(), [PORT.rows]: positions }
      const fetches: Tensors = {}
      cache.slots.forEach((slot, i) => {
        this.bind(feeds, 'from', cache.missing![i]!, i)
        this.bind(feeds, 'past', slot, i)
        this.bind(fetches, 'present', slot, i)
      })
      await this.graphs.run(fillForm(cache.slots.length), feeds, fetches)
    }
    this.kv.reached(this.total)
  }

  release(): void {
    for (const tensor of this.held.values()) this.tensors.give(tensor)
    this.held.clear()
    if (this.reached) this.tensors.give(this.reached)
  }

  private letGo(register: string): void {
    const tensor = this.held.get(register)
    if (tensor) this.tensors.give(tensor)
    this.held.delete(register)
  }

  private async feeds({ visit }: PendingVisit, names: readonly string[]): Promise<Tensors> {
    const { rows, registers } = this.pass
    const feeds: Tensors = {}
    for (const name of names) {
      const register = visit.inputs[name]
      const constant = visit.constants[name] ?? this.indexed(name, visit.indices)
      if (constant !== undefined) feeds[name] = await this.tensors.constant(constant)
      else if (register !== undefined) {
        const width = registers.width(register)
        feeds[name] =
          this.held.get(register) ?? new Tensor('float32', registers.all(register), [rows.ids.length, width])
      } else if (name === PORT.ids) feeds[name] = int64(rows.ids)
      else if (name === PORT.outputRows) feeds[name] = int64(this.outputRows())
    }
    visit.cache?.slots.forEach((slot, i) => {
      this.bind(feeds, 'past', slot, i)
    })
    const reach = this.reach()
    for (const name of [PORT.last, PORT.total]) if (names.includes(name)) feeds[name] = reach[name]!
    return feeds
  }

  private indexed(name: string, indices: Readonly<Record<string, number>>): string | undefined {
    const known = this.form.indexed[name]
    return known?.constants[indices[known.index]!]
  }

  /** What is asked for of a run: registers that a later visit reads stay on the device, unless they decide about rows. */
  private async fetches(
    { visit, index }: PendingVisit,
    names: readonly string[],
    feeds: Tensors,
  ): Promise<{ fetches: Record<string, Tensor | null>; kept: Map<string, Tensor> }> {
    const fetches: Record<string, Tensor | null> = {}
    const kept = new Map<string, Tensor>()
    const count = this.pass.rows.ids.length
    for (const name of names) {
      const register = visit.outputs[name]
      if (name === PORT.reached) fetches[name] = this.reached = await this.tensors.index()
      else if (name.startsWith('present_')) fetches[name] = feeds[name.replace('present', 'past')]!
      else if (name === PORT.logits) {
        if (this.pass.wanted !== 'none') fetches[name] = null
      } else if (register === undefined) continue
      else if (this.pass.decides(register, index)) fetches[name] = null
      else if (this.pass.watched || this.isRead(register, index)) {
        const tensor = await this.tensors.take([count, this.pass.registers.width(register)])
        kept.set(register, tensor)
        fetches[name] = tensor
      }
    }
    return { fetches, kept }
  }

  private isRead(register: string, behind: number): boolean {
    return this.plan.visits.slice(behind + 1).some(({ inputs }) => Object.values(inputs).includes(register))
  }

  /** Takes what stays on the device, for the admitted rows. @returns what an observer sees, by register */
  private async keep({ rows }: PendingVisit, kept: Map<string, Tensor>): Promise<Map<string, Float32Array>> {
    const { pass } = this
    const count = pass.rows.ids.length
    const seen = new Map<string, Float32Array>()
    for (const [register, tensor] of kept) {
      if (pass.watched) seen.set(register, await this.tensors.read(tensor))
      const before = this.held.get(register)
      let after = tensor
      if (rows.length < count) {
        const admitted = Array<boolean>(count).fill(false)
        for (const row of rows) admitted[row] = true
        const width = pass.registers.width(register)
        after = await this.tensors.take([count, width])
        const old = before ?? new Tensor('float32', pass.registers.all(register), [count, width])
        await this.tensors.merge(admitted, tensor, old, after)
        this.tensors.give(tensor)
      }
      this.letGo(register)
      this.held.set(register, after)
    }
    return seen
  }

  /** The values of the admitted rows, as far as they came back. */
  private outputs({ visit, rows }: PendingVisit, result: Tensors, seen: ReadonlyMap<string, Float32Array>): Outputs {
    const count = this.pass.rows.ids.length
    return (name) => {
      const tensor = result[name]
      const all = tensor?.location === 'cpu' ? (tensor.data as Float32Array) : seen.get(visit.outputs[name] ?? '')
      if (!all) return null
      if (name === PORT.logits || rows.length === count) return all
      return takeRows(all, rows, all.length / count)
    }
  }

  private reach(): Tensors {
    return { [PORT.last]: this.reached ?? int32(this.total - 1), [PORT.total]: int32(this.total) }
  }

  private bind(to: Tensors, port: 'from' | 'past' | 'present', slot: string, i: number): void {
    const { key, value } = this.kv.layer(slot)
    to[kvPort(`${port}_key`, i)] = key
    to[kvPort(`${port}_value`, i)] = value
  }

  /** All rows, or the last. */
  private outputRows(): number[] {
    const count = this.pass.rows.ids.length
    return this.pass.wanted === 'all' ? Array.from({ length: count }, (_, i) => i) : [count - 1]
  }
}

function int64(values: Iterable<number>): Tensor {
  const wide = BigInt64Array.from(values, BigInt)
  return new Tensor('int64', wide, [wide.length])
}

function int32(value: number): Tensor {
  return new Tensor('int32', Int32Array.of(value), [1])
}
