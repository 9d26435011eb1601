import type { Device, ModelInfo, Sampling } from '../../models/common/values.ts'
import type { Generation, Message } from '../contract/values.ts'
import type { Seat } from './seat.ts'

/** What the library of models has to do with answers. */
export interface WrittenBy {
  /** The app's model. */
  readonly currentId: string
  /** An answer has ended. */
  answered: (message: Message, model: ModelInfo | null) => void
}

/** What stands with an answer from when it is asked of an engine. @param current the app's model */
export function writtenWith(
  { modelId, status: { model, device } }: Pick<Seat, 'modelId' | 'status'>,
  current: string,
  { systemPrompt, sampling }: { systemPrompt: string; sampling: Sampling },
): Partial<Generation> {
  return {
    model: model ? nameOfModel(model) : '',
    modelId: modelId ?? current,
    device: device ? nameOfDevice(device) : '',
    systemPrompt: systemPrompt.trim() === '' || model?.chat === false ? null : systemPrompt,
    sampling,
    readsFrom: null,
  }
}

const nameOfDevice = ({ provider, threads }: Device): string =>
  provider === 'webgpu' ? 'WebGPU' : `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`

/** Names the weights so that they are recognised years later. */
const nameOfModel = ({ name, precision, id }: ModelInfo): string => `${name}, ${precision}, ${id.slice(0, 8)}`
