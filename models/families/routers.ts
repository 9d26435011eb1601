import { concatenate } from '../formats/floats.ts'
import { transpose } from '../graphs/quantise.ts'
import type { MlpRouters } from '../graphs/router.ts'
import type { TensorReader } from './tensors.ts'

/**
 * The MLP routers `model.routers.FROM` and the `count − 1` behind it, as one.
 * @param sizes `width` of the routers' hidden layer, `hidden` of the state
 * @throws DepthwiseError MODEL_WEIGHTS
 */
export function readRouters(
  tensors: TensorReader,
  { from, count, width, hidden }: { from: number; count: number; width: number; hidden: number },
): MlpRouters {
  const all = Array.from({ length: count }, (_, j) => {
    const name = `model.routers.${from + j}`
    return {
      first: tensors.floats(`${name}.fc1.weight`, [width, hidden]),
      bias1: tensors.floats(`${name}.fc1.bias`, [width]),
      weight2: tensors.floats(`${name}.fc2.weight`, [1, width]),
      bias2: tensors.floats(`${name}.fc2.bias`, [1]),
    }
  })
  return {
    count,
    width,
    weight1: transpose(concatenate(all.map(({ first }) => first)), count * width, hidden),
    bias1: concatenate(all.map(({ bias1 }) => bias1)),
    weight2: concatenate(all.map(({ weight2 }) => weight2)),
    bias2: concatenate(all.map(({ bias2 }) => bias2)),
  }
}
