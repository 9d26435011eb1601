import type { Device, ModelInfo } from '../../models/common/values.ts'
import type { Message } from '../contract/values.ts'

/** What the library of models has to do with answers. */
export interface WrittenBy {
  /** The app's model. */
  readonly currentId: string
  /** An answer has ended. */
  answered: (message: Message, model: ModelInfo | null) => void
}

export const nameOfDevice = ({ provider, threads }: Device): string =>
  `${provider}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`

/** Names the weights so that they are recognised years later. */
export const nameOfModel = ({ name, precision, id }: ModelInfo): string => `${name}, ${precision}, ${id.slice(0, 8)}`
