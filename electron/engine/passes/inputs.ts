import { Tensor } from 'onnxruntime-node'
import { concatenate } from '../../../models/formats/floats.ts'
import type { Keys } from './joint-keys.ts'
import { wantedRows } from './joint-run.ts'
import { attentionMask } from './mask.ts'
import type { Request } from './pass.ts'

/**
 * What a graph is given for some requests, by the names that plan.ts lists; their rows lie one after the other.
 * @param requests their visits differ in indices and in whether they write K/V only
 */
export function inputsOf(
  requests: readonly Request[],
  keys: Keys,
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
    else feeds[name] = input(name, requests, keys)
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

function input(name: string, requests: readonly Request[], keys: Keys): Tensor {
  switch (name) {
    case 'ids':
      return int64(perRow(requests, ({ pass, rows }, i) => pass.rows.ids[rows[i]!]!))
    case 'positions': {
      const positions = perRow(requests, (request, i) => request.positions[i]!)
      return int64(positions, [1, positions.length])
    }
    case 'mask': {
      const { values, width } = attentionMask(requests, keys)
      return new Tensor('float32', values, [values.length / width, width])
    }
    case 'split':
      return int64([keys.length, rowCount(requests)])
    case 'writes':
      return new Tensor('bool', [seeThemselves(requests)], [])
    case 'output_rows':
      return int64(outputRows(requests))
    default:
      return layerInput(name, keys)
  }
}

/** Whether keys of the run's own rows are computed, for those of them that see themselves. */
export function seeThemselves(requests: readonly Request[]): boolean {
  const { pass, visit } = requests[0]!
  if (!pass.plan.graphs[visit.graph]!.inputs.includes('writes')) return true
  return requests.some(({ visit }) => visit.cache !== null && visit.cache.writes !== 'others')
}

function layerInput(name: string, keys: Keys): Tensor {
  const [kind, layer] = name.split('.')
  const view = keys.view(Number(layer))
  const { kvHeads, headDim } = keys.shape
  return new Tensor('float32', kind === 'key' ? view.key : view.value, [keys.length, kvHeads, headDim])
}

/** Of all requests together. */
export function rowCount(requests: readonly Request[]): number {
  return requests.reduce((sum, { rows }) => sum + rows.length, 0)
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
  return requests.flatMap((request) => Array.from(request.rows, (_, i) => value(request, i)))
}

function int64(values: readonly number[], dims = [values.length]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims)
}
