/** Every way in which a call, an event or a file can be refused. A code is stable; its sentence is for a person. */
export const ERROR_CODES = [
  // frames and calls
  'BAD_FRAME',
  'UNKNOWN_CALL',
  'BAD_ARGUMENT',
  'BUDGET_OUT_OF_RANGE',
  'UNAUTHORISED',
  'FORBIDDEN',
  'TOO_LARGE',
  // conversations
  'NOT_FOUND',
  'BUSY',
  'EMPTY_PROMPT',
  'PROMPT_TOO_LONG',
  'CONTEXT_FULL',
  // history
  'HISTORY_NEWER',
  'HISTORY_CORRUPT',
  'HISTORY_UNWRITABLE',
  // models
  'MODEL_NOT_FOUND',
  'MODEL_CONFIG',
  'MODEL_WEIGHTS',
  'MODEL_TOKENIZER',
  'MODEL_CALIBRATION',
  'MODEL_UNSUPPORTED',
  'CACHE_UNWRITABLE',
  'NO_SPACE',
  'NO_MEMORY',
  'LOAD_CANCELLED',
  // engine
  'ENGINE_NOT_READY',
  'ENGINE_STOPPED',
  'ENGINE_PROTOCOL',
  'PROVIDER_UNAVAILABLE',
  'COMPUTE_FAILED',
  // the Hub and downloads
  'HUB_UNREACHABLE',
  'HUB_NOT_FOUND',
  'HUB_GATED',
  'HUB_REFUSED',
  'HUB_BUSY',
  'DOWNLOAD_DAMAGED',
  'DISK_FULL',
  'CANCELLED',
  // platform
  'WRONG_NODE',
  'INTERNAL',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** An error as data, the only form in which one crosses a process border. */
export interface Failure {
  code: ErrorCode
  /** One sentence that says what is wrong and what can be done. */
  message: string
  /** The file, tensor or field concerned, where there is one. */
  detail?: string | undefined
}

/** An error with a code, inside one process. */
export class DepthwiseError extends Error {
  readonly code: ErrorCode
  readonly detail: string | undefined

  constructor(code: ErrorCode, message: string, options: { detail?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'DepthwiseError'
    this.code = code
    this.detail = options.detail
  }
}

/** What was thrown, as data; an unforeseen error becomes INTERNAL. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof DepthwiseError) {
    return { code: thrown.code, message: thrown.message, ...(thrown.detail !== undefined && { detail: thrown.detail }) }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { code: 'INTERNAL', message: `Something unforeseen went wrong: ${message}` }
}

/** Data, as a throwable error again. */
export function fromFailure(failure: Failure): DepthwiseError {
  return new DepthwiseError(
    failure.code,
    failure.message,
    failure.detail === undefined ? {} : { detail: failure.detail },
  )
}
