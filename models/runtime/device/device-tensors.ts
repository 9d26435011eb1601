import { Tensor } from 'onnxruntime-node'
import { PORT } from '../../plan/ports.ts'
import type { LoadedGraphs } from '../graphs.ts'

/** Among free tensors, those of one int32. */
const INDEX = 'index'

/** Tensors in a device's memory: made, kept for reuse, copied. */
export class DeviceTensors {
  private readonly graphs: LoadedGraphs
  /** By dimensions: tensors that no pass holds. */
  private readonly free = new Map<string, Tensor[]>()
  private readonly constants = new Map<string, Tensor>()

  constructor(graphs: LoadedGraphs) {
    this.graphs = graphs
  }

  /** Zeros, or what an earlier pass left there. */
  async take(dims: readonly number[]): Promise<Tensor> {
    return this.free.get(dims.join())?.pop() ?? (await this.zeros(dims))
  }

  /** Gives back what was taken; others may take it. */
  give(tensor: Tensor): void {
    const key = tensor.type === 'int32' ? INDEX : tensor.dims.join()
    const same = this.free.get(key)
    if (same) same.push(tensor)
    else this.free.set(key, [tensor])
  }

  zeros(dims: readonly number[]): Promise<Tensor> {
    const shape = new Tensor('int64', BigInt64Array.from(dims, BigInt), [dims.length])
    return this.made('allocate', { [PORT.shape]: shape })
  }

  /** [1] int32. */
  async index(): Promise<Tensor> {
    return (
      this.free.get(INDEX)?.pop() ??
      (await this.made('index', { [PORT.last]: new Tensor('int32', Int32Array.of(0), [1]) }))
    )
  }

  /** K or V [1, kvHeads, rows, headDim] with room for `more` rows behind. */
  async grown(tensor: Tensor, more: number): Promise<Tensor> {
    const [one, heads, , width] = tensor.dims as [number, number, number, number]
    const room = await this.zeros([one, heads, more, width])
    try {
      return await this.made('grow', { [PORT.state]: tensor, [PORT.room]: room })
    } finally {
      room.dispose()
    }
  }

  /** The same values in a tensor of the device. */
  copied(tensor: Tensor): Promise<Tensor> {
    return this.made('copy', { [PORT.state]: tensor })
  }

  /** A constant of the model, brought to the device when it is first asked for. */
  async constant(name: string): Promise<Tensor> {
    let tensor = this.constants.get(name)
    if (!tensor) {
      tensor = await this.copied(this.graphs.constant(name))
      this.constants.set(name, tensor)
    }
    return tensor
  }

  /** [N, W] in `into`: the rows of `taken` where `admitted` holds, else those of `before`. */
  async merge(admitted: readonly boolean[], taken: Tensor, before: Tensor, into: Tensor): Promise<void> {
    const rows = new Tensor('bool', admitted.map(Boolean), [admitted.length, 1])
    const feeds = { [PORT.rows]: rows, [PORT.state]: taken, [PORT.room]: before }
    await this.graphs.run('merge', feeds, { [PORT.taken]: into })
  }

  /** A state [N, W] in the memory of the host. */
  async read(state: Tensor): Promise<Float32Array> {
    const { [PORT.taken]: values } = await this.graphs.run('readout', { [PORT.state]: state }, { [PORT.taken]: null })
    return values!.data as Float32Array
  }

  release(): void {
    for (const tensor of this.constants.values()) tensor.dispose()
    for (const tensors of this.free.values()) for (const tensor of tensors) tensor.dispose()
    this.constants.clear()
    this.free.clear()
  }

  private async made(tool: string, feeds: Record<string, Tensor>): Promise<Tensor> {
    return (await this.graphs.run(tool, feeds, { [PORT.taken]: null }))[PORT.taken]!
  }
}
