import { Tensor } from 'onnxruntime-node'
import { concatenate } from '../../formats/floats.ts'
import { PORT } from '../../plan/ports.ts'
import { cachePort } from './cache-port.ts'
import type { Keys } from './joint-keys.ts'
import type { Layout } from './layout.ts'
import { rowCount, wantedRows } from './layout.ts'
import { attentionMask } from './mask.ts'
import type { PendingVisit } from './pass.ts'

/**
 * What a graph is given for some pending, by the names that plan.ts lists; their rows lie one after the other.
 * @param pending their visits differ in indices and in whether they write K/V only
 */
export function inputsOf(
  pending: readonly PendingVisit[],
  keys: Keys,
  layout: Layout,
  names: readonly string[],
  constant: (name: string) => Tensor,
): Record<string, Tensor> {
  const { visit } = pending[0]!
  const feeds: Record<string, Tensor> = {}
  for (const name of names) {
    const bound = visit.constants[name]
    const register = visit.inputs[name]
    if (bound !== undefined) feeds[name] = constant(bound)
    else if (register !== undefined) feeds[name] = registerOf(pending, register)
    else if (name in visit.indices) feeds[name] = int64(perRow(pending, (request) => request.visit.indices[name]!))
    else feeds[name] = input(name, pending, keys, layout)
  }
  return feeds
}

function registerOf(pending: readonly PendingVisit[], name: string): Tensor {
  const width = pending[0]!.pass.registers.width(name)
  const parts = pending.map(({ pass, rows }) => pass.registers.gather(name, rows))
  const count = rowCount(pending)
  if (parts.length === 1) return new Tensor('float32', parts[0]!, [count, width])
  return new Tensor('float32', concatenate(parts), [count, width])
}

function input(name: string, pending: readonly PendingVisit[], keys: Keys, layout: Layout): Tensor {
  switch (name) {
    case PORT.ids:
      return int64(perRow(pending, ({ pass, rows }, i) => pass.rows.ids[rows[i]!]!))
    case PORT.positions: {
      const positions = perRow(pending, (request, i) => request.positions[i]!)
      return int64(positions, [1, positions.length])
    }
    case PORT.mask:
      return new Tensor('float32', attentionMask(pending, keys, layout), [rowCount(pending), layout.width])
    case PORT.split:
      return int64([layout.handed, layout.width - layout.handed])
    case PORT.writes:
      return new Tensor('bool', [layout.own], [])
    case PORT.outputRows:
      return int64(outputRows(pending))
    default:
      return layerInput(name, keys)
  }
}

function layerInput(name: string, keys: Keys): Tensor {
  const { kind, layer } = cachePort(name)
  return keys.store(layer).tensor(kind)
}

/** All rows of a request, or its last. */
function outputRows(pending: readonly PendingVisit[]): number[] {
  const wanted: number[] = []
  let start = 0
  for (const request of pending) {
    const count = request.rows.length
    for (let i = count - wantedRows(request); i < count; i++) wanted.push(start + i)
    start += count
  }
  return wanted
}

function perRow(pending: readonly PendingVisit[], value: (request: PendingVisit, i: number) => number): number[] {
  const values: number[] = []
  for (const request of pending) for (let i = 0; i < request.rows.length; i++) values.push(value(request, i))
  return values
}

function int64(values: readonly number[], dims = [values.length]): Tensor {
  const wide = new BigInt64Array(values.length)
  for (let i = 0; i < values.length; i++) wide[i] = BigInt(values[i]!)
  return new Tensor('int64', wide, dims)
}
