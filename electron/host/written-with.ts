import type { Device, ModelInfo } from '../../models/common/values.ts'

export const nameOfDevice = ({ provider, threads }: Device): string =>
  `${provider}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`

/** Names the weights so that they are recognised years later. */
export const nameOfModel = ({ name, precision, id }: ModelInfo): string => `${name}, ${precision}, ${id.slice(0, 8)}`
