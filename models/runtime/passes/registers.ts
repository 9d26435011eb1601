import type { Plan, Register } from '../../plan/plan.ts'
import { seeded, uniform } from '../random.ts'

/** What tokens begin with, where a plan's own rule is not to be followed: [width] of the register at a position. */
export type Initial = (register: string, position: number) => Float32Array | null

/** The values of S rows between visits. */
export class Registers {
  private readonly plan: Plan
  private readonly positions: Int32Array
  private readonly initial: Initial | undefined
  private readonly values = new Map<string, Float32Array>()
  private readonly away = new Set<string>()

  constructor(plan: Plan, positions: Int32Array, initial: Initial | undefined) {
    this.plan = plan
    this.positions = positions
    this.initial = initial
  }

  /** [S, width], as it lies in memory. */
  all(name: string): Float32Array {
    let values = this.values.get(name)
    if (!values) {
      values = this.beginnings(name)
      this.values.set(name, values)
    }
    return values
  }

  /** Whether its values stayed on a device. */
  isAway(name: string): boolean {
    return this.away.has(name)
  }

  /** A visit gave it values that stayed on a device. */
  leave(name: string): void {
    this.away.add(name)
  }

  width(name: string): number {
    return this.plan.registers[name]!.width
  }

  /** [rows.length, width] of some rows. */
  gather(name: string, rows: Int32Array): Float32Array {
    const all = this.all(name)
    if (rows.length === this.positions.length) return all
    return takeRows(all, rows, this.width(name))
  }

  /** @param values [rows.length, width] @param taken which of them are taken, by index into `rows`; all by default */
  scatter(name: string, rows: Int32Array, values: Float32Array, taken?: Int32Array): void {
    this.away.delete(name)
    if (!taken && rows.length === this.positions.length) {
      this.values.set(name, values)
      return
    }
    const width = this.width(name)
    // what a graph gave out may still be read by others, so it is not written into
    const all = this.all(name).slice()
    const put = (row: number, i: number): void => {
      all.set(values.subarray(i * width, (i + 1) * width), row * width)
    }
    if (taken) for (const i of taken) put(rows[i]!, i)
    else rows.forEach(put)
    this.values.set(name, all)
  }

  private beginnings(name: string): Float32Array {
    const { width, initial } = this.plan.registers[name]!
    const all = new Float32Array(this.positions.length * width)
    this.positions.forEach((position, row) => {
      const own = this.initial?.(name, position)
      if (own) all.set(own, row * width)
      else if (initial.kind === 'value') all.fill(initial.value, row * width, (row + 1) * width)
      else all.set(drawn(width, initial, position), row * width)
    })
    return all
  }
}

/** Some rows of values [N, width]. */
export function takeRows(values: Float32Array, rows: Int32Array, width: number): Float32Array {
  const taken = new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width)
  })
  return taken
}

type Normal = Extract<Register['initial'], { kind: 'normal' }>

/** The same for the same position, so that tokens may be read in any pieces. */
function drawn(width: number, initial: Normal, position: number): Float32Array {
  const random = seeded(position)
  const next = (): number => uniform(random)
  return Float32Array.from({ length: width }, () => {
    for (;;) {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
      if (Math.abs(normal) <= initial.cut) return normal * initial.deviation
    }
  })
}
