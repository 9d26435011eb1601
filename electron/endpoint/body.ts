import type { IncomingMessage } from 'node:http'
import { DepthwiseError } from '../../models/common/errors.ts'

/** In bytes; the longest context that models have, and what clients add to it, stay far below. */
const LONGEST = 8 * 2 ** 20

/** The body of a request. @throws DepthwiseError BAD_FRAME where it is no JSON, TOO_LARGE */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > LONGEST) throw tooLarge()
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LONGEST) throw tooLarge()
    parts.push(part)
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))) as unknown
  } catch (cause) {
    throw new DepthwiseError('BAD_FRAME', 'The body of the request must be JSON.', { cause })
  }
}

const tooLarge = (): DepthwiseError =>
  new DepthwiseError('TOO_LARGE', `A request may have ${LONGEST / 2 ** 20} MB at most.`)
