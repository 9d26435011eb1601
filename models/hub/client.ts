import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { HubLimits } from './limits.ts'
import { HUB_LIMITS } from './limits.ts'
import type { Subject } from './refusals.ts'
import { Passing, refusalOf } from './refusals.ts'

const MOST_REDIRECTS = 10
/** Of an answer in JSON; a listing has a thousand files a page. */
const MOST_JSON = 32 * 2 ** 20

/**
 * Told of every request before it leaves, those of redirects too. What it gives back is told how that one ended: its
 * status in HTTP and the bytes of its body that were read; never, where no answer came.
 */
export type Watch = (address: URL) => (status: number, bytes: number) => void

export interface HubOptions {
  endpoint: string
  token: string | null
  limits?: Partial<HubLimits>
  userAgent?: string
  watch?: Watch
}

/** How a request is carried out. */
export interface Asking {
  signal: AbortSignal
  /** Told why nothing arrives just now, and null when it goes on. */
  waiting?: (why: string | null) => void
}

/** An answer whose body has not been read, and what watches over it. */
export interface Opened {
  response: Response
  /** Whether the body came from another host than the Hub: its address was signed and expires. */
  elsewhere: boolean
  /** To be called with the bytes of every piece of the body: silence after it counts from there. */
  heard: (bytes: number) => void
  close: () => void
}

/** Requests to a Hub: redirects followed by hand, the token for the Hub's own host only, silence noticed. */
export class HubClient {
  readonly endpoint: string
  readonly limits: HubLimits
  readonly hasToken: boolean
  private readonly headers: Record<string, string>
  private readonly watch: Watch

  constructor({ endpoint, token, limits, userAgent = 'depthwise', watch = () => () => undefined }: HubOptions) {
    this.endpoint = endpoint
    this.limits = { ...HUB_LIMITS, ...limits }
    this.hasToken = token !== null
    this.watch = watch
    this.headers = {
      'User-Agent': userAgent,
      // a compressed answer has neither its true length nor ranges
      'Accept-Encoding': 'identity',
      ...(token !== null && { Authorization: `Bearer ${token}` }),
    }
  }

  /** JSON under an address of the API, with the address of the next page. @throws DepthwiseError HUB_*, CANCELLED */
  async json<const S extends v.GenericSchema>(
    url: string,
    schema: S,
    about: Omit<Subject, 'hasToken'>,
    asking: Asking,
  ): Promise<{ data: v.InferOutput<S>; next: string | null }> {
    const { text, response } = await this.again(asking, () => this.text(url, about, asking.signal))
    const parsed = v.safeParse(schema, parse(text))
    if (!parsed.success) {
      throw new DepthwiseError('HUB_REFUSED', 'The Hub answered something that Depthwise does not understand.', {
        detail: v.summarize(parsed.issues).slice(0, 300),
      })
    }
    return { data: parsed.output, next: nextPage(response, url) }
  }

  /** A small file of a repository, as text. @throws DepthwiseError HUB_*, CANCELLED */
  async file(repository: string, commit: string, file: string, asking: Asking): Promise<string> {
    const about = { repository, revision: commit, file }
    const { text } = await this.again(asking, () =>
      this.text(this.resolveAddress(repository, commit, file), about, asking.signal),
    )
    return text
  }

  resolveAddress(repository: string, commit: string, file: string): string {
    const path = file.split('/').map(encodeURIComponent).join('/')
    return `${this.endpoint}/${repository}/resolve/${encodeURIComponent(commit)}/${path}`
  }

  /**
   * Tries until it succeeds, with growing waits between; `act` calls `progress` when something arrived, which starts the
   * count anew. @throws DepthwiseError HUB_UNREACHABLE, HUB_BUSY, CANCELLED, and whatever `act` throws but Passing
   */
  async again<T>({ signal, waiting }: Asking, act: (progress: () => void) => Promise<T>): Promise<T> {
    let tries = 0
    for (;;) {
      expectWanted(signal)
      try {
        return await act(() => (tries = 0))
      } catch (error) {
        expectWanted(signal)
        if (!(error instanceof Passing)) throw error
        const backoff = this.limits.backoffMs[tries++]
        if (backoff === undefined) throw givenUp(error)
        if ((error.waitMs ?? 0) > this.limits.mostWaitMs) throw givenUp(error)
        // a little more than asked for: seconds are rounded
        const wait = error.waitMs === null ? backoff : error.waitMs + 500
        waiting?.(`${error.because}. It is tried again in ${seconds(wait)}.`)
        await pause(wait, signal)
        waiting?.(null)
      }
    }
  }

  /** Follows redirects to an answer. @throws Passing where it may be better in a moment */
  async open(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Opened> {
    const silence = new AbortController()
    const { stallMs } = this.limits
    const stall = (): NodeJS.Timeout =>
      setTimeout(() => {
        silence.abort(new Passing(`Nothing has arrived for ${seconds(stallMs)}`))
      }, stallMs)
    let timer = stall()
    let read = 0
    let ended: (bytes: number) => void = () => undefined
    const close = (): void => {
      clearTimeout(timer)
      silence.abort()
      ended(read)
    }
    const heard = (bytes: number): void => {
      read += bytes
      clearTimeout(timer)
      timer = stall()
    }
    try {
      const both = AbortSignal.any([signal, silence.signal])
      const { response, elsewhere, end } = await this.follow(url, { ...this.headers, ...headers }, both)
      ended = end
      return { response, elsewhere, heard, close }
    } catch (error) {
      close()
      throw passing(error, signal)
    }
  }

  private async follow(
    first: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<{ response: Response; elsewhere: boolean; end: (bytes: number) => void }> {
    let url = new URL(first)
    let sent = headers
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const ended = this.watch(url)
      const response = await fetch(url.href, { headers: sent, signal, redirect: 'manual' })
      const location = isRedirect(response.status) ? response.headers.get('location') : null
      if (location === null) {
        const end = (bytes: number): void => {
          ended(response.status, bytes)
        }
        return { response, elsewhere: url.origin !== new URL(first).origin, end }
      }
      await response.body?.cancel()
      ended(response.status, 0)
      const next = URL.parse(location, url.href)
      const isSafe = next?.protocol === 'https:' || (next?.protocol === 'http:' && url.protocol === 'http:')
      if (!next || !isSafe) throw new DepthwiseError('HUB_REFUSED', 'The Hub points to an address that is not safe.')
      if (next.origin !== url.origin) sent = withoutToken(sent)
      url = next
    }
    throw new DepthwiseError('HUB_REFUSED', 'The Hub sends a request in circles.')
  }

  private async text(
    url: string,
    about: Omit<Subject, 'hasToken'>,
    signal: AbortSignal,
  ): Promise<{ text: string; response: Response }> {
    const { response, heard, close } = await this.open(url, {}, signal)
    try {
      if (!response.ok) throw refusalOf(response, { ...about, hasToken: this.hasToken })
      const pieces: Uint8Array[] = []
      let length = 0
      for await (const piece of bodyOf(response)) {
        heard(piece.byteLength)
        length += piece.byteLength
        if (length > MOST_JSON)
          throw new DepthwiseError('HUB_REFUSED', 'The Hub answered more than was to be expected.')
        pieces.push(piece)
      }
      return { text: Buffer.concat(pieces).toString('utf8'), response }
    } catch (error) {
      throw passing(error, signal)
    } finally {
      close()
    }
  }
}

export async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body) for await (const piece of response.body) yield piece
}

/** What a request broke with, told apart from what was meant. */
export function passing(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return cancelled()
  if (error instanceof DepthwiseError || error instanceof Passing) return error
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof Passing) return cause
  const why = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause)
  return new Passing(`The connection to the Hub broke (${why.slice(0, 100)})`, null, error)
}

function expectWanted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled()
}

export function cancelled(): DepthwiseError {
  return new DepthwiseError('CANCELLED', 'This was stopped.')
}

function givenUp({ because, waitMs, message }: Passing): DepthwiseError {
  if (waitMs !== null) {
    return new DepthwiseError(
      'HUB_BUSY',
      `${because}. Try again in ${seconds(waitMs)}; with a token the Hub allows more.`,
    )
  }
  return new DepthwiseError('HUB_UNREACHABLE', `${because}. See that this machine is online, then try again.`, {
    detail: message,
  })
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch {
    throw cancelled()
  }
}

function withoutToken(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'Authorization'))
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

const seconds = (ms: number): string => {
  const count = Math.max(1, Math.round(ms / 1000))
  return count === 1 ? 'a second' : `${count} seconds`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `Link: <address>; rel="next"`. A mirror passes on the addresses of the Hub itself: its own are meant. */
function nextPage(response: Response, url: string): string | null {
  const link = /<([^>]+)>\s*;[^,]*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1]
  const next = link === undefined ? null : URL.parse(link, url)
  return next && new URL(next.pathname + next.search, url).href
}
