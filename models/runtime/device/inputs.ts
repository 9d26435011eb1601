import { Tensor } from 'onnxruntime-node'
import { inputsOf } from '../passes/inputs.ts'
import { ownKeys } from '../passes/joint-keys.ts'
import { layoutOf } from '../passes/layout.ts'
import type { PendingVisit } from '../passes/pass.ts'
import type { DeviceMemory } from './memory.ts'

/** What hides a key. Finite, as the difference of two infinities would be no number. */
const HIDDEN = -1e30

/**
 * What a graph for a device is given for a request, by the names that plan.ts lists.
 * @param state of all rows of the pass, where the graph reads one
 */
export function deviceInputs(
  request: PendingVisit,
  memory: DeviceMemory,
  names: readonly string[],
  state: Tensor | null,
  constant: (name: string) => Tensor,
): Record<string, Tensor> {
  const { pass, visit, rows, positions } = request
  const total = pass.rows.positions.at(-1)! + 1
  const own = (name: string): Tensor | null => {
    switch (name) {
      case 'last':
        return int32(total - 1)
      case 'total':
        return int32(total)
      case 'bias':
        return bias(positions, total)
      case 'writes':
        return new Tensor('bool', [visit.cache?.mode === 'append'], [])
      case 'rows':
        return new Tensor('int64', BigInt64Array.from(rows, BigInt), [rows.length])
      case 'state':
        return state
      default:
        return layerInput(name, visit.cache?.slots ?? [], memory)
    }
  }
  const feeds: Record<string, Tensor> = {}
  for (const name of names) {
    const tensor = own(name)
    if (tensor) feeds[name] = tensor
  }
  const others = names.filter((name) => !(name in feeds))
  const keys = ownKeys(request)
  return Object.assign(feeds, inputsOf([request], keys, layoutOf([request], keys, names), others, constant))
}

function layerInput(name: string, slots: readonly string[], memory: DeviceMemory): Tensor | null {
  const [kind, index] = name.split('.')
  if (kind !== 'past_key' && kind !== 'past_value') return null
  const layer = memory.layer(slots[Number(index)]!)
  return kind === 'past_key' ? layer.key : layer.value
}

/** [1, 1, S, T]: a row sees every position up to its own. */
function bias(positions: Int32Array, total: number): Tensor {
  const values = new Float32Array(positions.length * total)
  positions.forEach((position, row) => {
    values.fill(HIDDEN, row * total + position + 1, (row + 1) * total)
  })
  return new Tensor('float32', values, [1, 1, positions.length, total])
}

function int32(value: number): Tensor {
  return new Tensor('int32', Int32Array.of(value), [1])
}
