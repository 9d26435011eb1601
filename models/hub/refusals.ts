import { DepthwiseError } from '../common/errors.ts'

/** Something that may be better in a moment: it is tried again. */
export class Passing extends Error {
  readonly waitMs: number | null
  readonly because: string

  /** @param waitMs as the server asks for; null: as the client thinks best */
  constructor(because: string, waitMs: number | null = null, cause?: unknown) {
    super(because, { cause })
    this.name = 'Passing'
    this.because = because
    this.waitMs = waitMs
  }
}

/** What was asked for, for the sentences. */
export interface Subject {
  repository: string
  revision?: string | null
  file?: string
  /** Whether a token was sent. */
  hasToken: boolean
}

/**
 * What an answer of the Hub that is no success means. `X-Error-Code` tells some cases apart; a repository that is private or
 * gated looks to a stranger like one that is not there.
 */
export function refusalOf(response: Response, about: Subject): DepthwiseError | Passing {
  const { status, headers } = response
  const code = headers.get('x-error-code') ?? ''
  const said = (headers.get('x-error-message') ?? '').slice(0, 300)
  const id = headers.get('x-request-id')
  const detail = [`HTTP ${status}`, code, said, id && `request ${id.slice(0, 80)}`].filter(Boolean).join(', ')
  const error = (kind: 'HUB_GATED' | 'HUB_NOT_FOUND' | 'HUB_REFUSED', message: string): DepthwiseError =>
    new DepthwiseError(kind, message, { detail })
  const { repository } = about
  if (status === 429) return new Passing('The Hub has had too many requests from here', waitOf(headers))
  if (status >= 500 || status === 408)
    return new Passing(`The Hub cannot answer just now (HTTP ${status})`, waitOf(headers))
  if (code === 'GatedRepo') {
    return error('HUB_GATED', `${repository} is given only to those who accept its terms. ${gatedAdvice(about)}`)
  }
  if (code === 'RevisionNotFound') {
    return error('HUB_NOT_FOUND', `${repository} has no branch, tag or commit “${about.revision ?? 'main'}”.`)
  }
  if (code === 'EntryNotFound') return error('HUB_NOT_FOUND', `${repository} has no file ${about.file ?? ''}.`)
  if (/access to this resource is disabled/i.test(said)) {
    return error('HUB_REFUSED', `The Hub has taken ${repository} down.`)
  }
  if (status === 401 && /invalid credentials|invalid.*token/i.test(said)) {
    return error('HUB_REFUSED', 'The Hub does not know this token. Make a new one on its page of access tokens.')
  }
  if (status === 401 || status === 404 || code === 'RepoNotFound') {
    return error('HUB_NOT_FOUND', `The Hub shows no model ${repository}: ${missingAdvice(about)}`)
  }
  if (status === 403) {
    return error('HUB_REFUSED', `The Hub does not give ${repository} to this token${said ? `: ${said}` : ''}.`)
  }
  return error('HUB_REFUSED', `The Hub answered something unexpected about ${repository}.`)
}

function gatedAdvice({ hasToken }: Subject): string {
  return hasToken
    ? 'Accept them on its page with the account of your token, and wait until its makers let you in.'
    : "Accept the model's terms on its page, then give Depthwise a token."
}

function missingAdvice({ hasToken }: Subject): string {
  return hasToken
    ? 'there is none of that name, or it is private and your token may not see it.'
    : 'there is none of that name, or it is private, or it is given only to those who accept its terms. For the last two, give Depthwise a token.'
}

/** How long a server asks to wait, in milliseconds: `RateLimit: "resolvers";r=0;t=55`, or `Retry-After` in seconds. */
export function waitOf(headers: Headers): number | null {
  const limit = /(?:^|;)\s*t=(\d{1,6})/.exec(headers.get('ratelimit') ?? '')?.[1]
  const seconds = limit ?? /^\s*(\d{1,6})\s*$/.exec(headers.get('retry-after') ?? '')?.[1]
  return seconds === undefined ? null : Number(seconds) * 1000
}
