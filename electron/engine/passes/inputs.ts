import { Tensor } from 'onnxruntime-node'
import { concatenate } from '../../../models/formats/floats.ts'
import { cachePort } from './cache-port.ts'
import type { Keys } from './joint-keys.ts'
import { wantedRows } from './joint-run.ts'
import type { Layout } from './layout.ts'
import { rowCount } from './layout.ts'
import { attentionMask } from './mask.ts'
import type { Request } from './pass.ts'

/**
 * What a graph is given for some requests, by the names that plan.ts lists; their rows lie one after the other.
 * @param requests their visits differ in indices and in whether they write K/V only
 */
export function inputsOf(
  requests: readonly Request[],
  keys: Keys,
  layout: Layout,
  names: readonly string[],
  constant: (name: string) => Tensor,
): Record<string, Tensor> {
  const { visit } = requests[0]!
  const feeds: Record<string, Tensor> = {}
  for (const name of names) {
    const bound = visit.constants[name]
    const register = visit.reads[name]
    if (bound !== undefined) feeds[name] = constant(bound)
    else if (register !== undefined) feeds[name] = registerOf(requests, register)
    else if (name in visit.indices) feeds[name] = int64(perRow(requests, (request) => request.visit.indices[name]!))
    else feeds[name] = input(name, requests, keys, layout)
  }
  return feeds
}

function registerOf(requests: readonly Request[], name: string): Tensor {
  const width = requests[0]!.pass.registers.width(name)
  const parts = requests.map(({ pass, rows }) => pass.registers.gather(name, rows))
  const count = rowCount(requests)
  if (parts.length === 1) return new Tensor('float32', parts[0]!, [count, width])
  return new Tensor('float32', concatenate(parts), [count, width])
}

function input(name: string, requests: readonly Request[], keys: Keys, layout: Layout): Tensor {
  switch (name) {
    case 'ids':
      return int64(perRow(requests, ({ pass, rows }, i) => pass.rows.ids[rows[i]!]!))
    case 'positions': {
      const positions = perRow(requests, (request, i) => request.positions[i]!)
      return int64(positions, [1, positions.length])
    }
    case 'mask':
      return new Tensor('float32', attentionMask(requests, keys, layout), [rowCount(requests), layout.width])
    case 'split':
      return int64([layout.handed, layout.width - layout.handed])
    case 'writes':
      return new Tensor('bool', [layout.own], [])
    case 'output_rows':
      return int64(outputRows(requests))
    default:
      return layerInput(name, keys)
  }
}

function layerInput(name: string, keys: Keys): Tensor {
  const { kind, layer } = cachePort(name)
  return keys.store(layer).tensor(kind)
}

/** All rows of a request, or its last. */
function outputRows(requests: readonly Request[]): number[] {
  const wanted: number[] = []
  let start = 0
  for (const request of requests) {
    const count = request.rows.length
    for (let i = count - wantedRows(request); i < count; i++) wanted.push(start + i)
    start += count
  }
  return wanted
}

function perRow(requests: readonly Request[], value: (request: Request, i: number) => number): number[] {
  const values: number[] = []
  for (const request of requests) for (let i = 0; i < request.rows.length; i++) values.push(value(request, i))
  return values
}

function int64(values: readonly number[], dims = [values.length]): Tensor {
  const wide = new BigInt64Array(values.length)
  for (let i = 0; i < values.length; i++) wide[i] = BigInt(values[i]!)
  return new Tensor('int64', wide, dims)
}
