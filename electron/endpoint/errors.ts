import type { ErrorCode, Failure } from '../../models/common/errors.ts'
import { DepthwiseError, toFailure } from '../../models/common/errors.ts'

/** An error in OpenAI's shape, as it stands in a body or an event. */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null }
}

interface Kind {
  status: number
  type: string
  code: string | null
}

const kind = (status: number, code: string | null = null): Kind => ({
  status,
  type: status < 500 ? 'invalid_request_error' : 'server_error',
  code,
})

/** What is not listed here is a fault of ours. */
const KINDS: Partial<Record<ErrorCode, Kind>> = {
  BAD_FRAME: kind(400, 'invalid_json'),
  BAD_ARGUMENT: kind(400),
  BUDGET_OUT_OF_RANGE: kind(400),
  EMPTY_PROMPT: kind(400),
  PROMPT_TOO_LONG: kind(400, 'context_length_exceeded'),
  // of one prompt: a model whose tokenizer fails on every text has not been loaded
  MODEL_TOKENIZER: kind(400, 'prompt_not_rendered'),
  UNAUTHORISED: kind(401, 'invalid_api_key'),
  FORBIDDEN: kind(403, 'forbidden'),
  NOT_FOUND: kind(404, 'model_not_found'),
  UNKNOWN_CALL: kind(404, 'unknown_url'),
  TOO_LARGE: kind(413, 'request_too_large'),
  BUSY: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  ENGINE_NOT_READY: kind(503, 'model_not_ready'),
  ENGINE_STOPPED: kind(503, 'engine_stopped'),
}

/** @returns the HTTP status and the body that tell of an error; `param` is the error's detail where it is about the request */
export function tellError(error: unknown): { status: number; body: ErrorBody } {
  const { code: ours, message, detail } = toFailure(error)
  const { status, type, code } = KINDS[ours] ?? kind(500, ours.toLowerCase())
  const param = ours === 'BAD_ARGUMENT' || ours === 'BUDGET_OUT_OF_RANGE' ? (detail ?? null) : null
  return { status, body: { error: { message, type, param, code } } }
}

/** A field of the request that cannot be served. */
export function badField(param: string, message: string): DepthwiseError {
  return new DepthwiseError('BAD_ARGUMENT', message, { detail: param })
}

/** No model can answer, whatever is asked. */
export function notReady({ message, detail }: Failure): DepthwiseError {
  return new DepthwiseError('ENGINE_NOT_READY', message, detail === undefined ? {} : { detail })
}
