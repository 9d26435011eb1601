import { DepthwiseError } from '../../models/common/errors.ts'
import type { MODEL_CALLS } from '../contract/models.ts'
import type { Handlers } from './dispatcher.ts'

/** The calls about models. */
export function libraryHandlers(): Pick<Handlers, keyof typeof MODEL_CALLS> {
  const missing = (): never => {
    throw new DepthwiseError('UNKNOWN_CALL', 'This version of Depthwise has no library of models yet.')
  }
  return {
    'models.list': missing,
    'models.use': missing,
    'models.add': missing,
    'models.pick': missing,
    'models.look': missing,
    'models.download': missing,
    'models.pause': missing,
    'models.resume': missing,
    'models.cancel': missing,
    'models.delete': missing,
    'models.show': missing,
    'models.token': missing,
    'models.precision': missing,
  }
}
