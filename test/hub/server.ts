import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

export const COMMIT = '0123456789abcdef0123456789abcdef01234567'

/** What a handler does instead of answering a request for a file; returns whether it did. */
export type Fault = (request: IncomingMessage, response: ServerResponse, file: string) => boolean

interface Repository {
  files: Map<string, Buffer>
  gated?: boolean
  /** Needs this token; without it answers as the Hub does. */
  token?: string
  private?: boolean
  licence?: string
}

/**
 * A server that behaves like the Hub as its clients know it: commits, listings in pages, small files from itself, large
 * ones by a redirect to another host with an address that is signed for a while, error codes in headers.
 */
export class TestHub {
  readonly repositories = new Map<string, Repository>()
  /** What was asked of the Hub and of the host of large files, oldest first: method, path and headers. */
  readonly asked: { host: 'hub' | 'cdn'; path: string; headers: http.IncomingHttpHeaders }[] = []
  /** Asked in turn, for every request of a file's bytes; the first that takes it on answers. */
  faults: Fault[] = []
  /** Likewise for every request to the Hub itself. */
  hubFaults: Fault[] = []
  pageSize = 3
  /** Files of this size or more are large. */
  largeFrom = 1000
  /** Says for a file what its mark is. */
  etagOf = (content: Buffer): string => `"${sha256(content)}"`
  private readonly hub: http.Server
  private readonly cdn: http.Server
  private signature = 0

  private constructor(hub: http.Server, cdn: http.Server) {
    this.hub = hub
    this.cdn = cdn
    hub.on('request', (request, response) => {
      this.answer(request, response)
    })
    cdn.on('request', (request, response) => {
      this.answerLarge(request, response)
    })
  }

  static async start(whenOver: (clean: () => void) => void = onTestFinished): Promise<TestHub> {
    const servers = [http.createServer(), http.createServer()] as const
    for (const server of servers) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
    const hub = new TestHub(...servers)
    whenOver(() => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
    })
    return hub
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.hub.address() as AddressInfo).port}`
  }

  add(name: string, files: Record<string, string | Buffer>, more: Omit<Repository, 'files'> = {}): Repository {
    const repository = {
      ...more,
      files: new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(text)])),
    }
    this.repositories.set(name, repository)
    return repository
  }

  /** Makes addresses that were given out until now invalid. */
  expire(): void {
    this.signature++
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.endpoint)
    this.asked.push({ host: 'hub', path: url.pathname + url.search, headers: request.headers })
    if (this.hubFaults.some((fault) => fault(request, response, url.pathname))) return
    const [, name = '', rest = ''] = /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(.*)$/.exec(url.pathname) ?? []
    const repository = this.repositories.get(name)
    const refused = this.refusal(repository, request, !url.pathname.startsWith('/api/'))
    if (refused || !repository) {
      refuse(response, ...(refused ?? ([404, 'RepoNotFound', 'Repository not found'] as const)))
      return
    }
    if (url.pathname.startsWith('/api/')) this.answerApi(name, repository, rest, url, response)
    else this.answerFile(repository, rest, request, response)
  }

  private refusal(
    repository: Repository | undefined,
    request: IncomingMessage,
    isFile: boolean,
  ): readonly [number, string, string] | null {
    const given = request.headers.authorization
    // the Hub does not tell strangers what is private and what is not there
    if (!repository)
      return given ? [404, 'RepoNotFound', 'Repository not found'] : [401, '', 'Invalid username or password.']
    if (given === 'Bearer wrong') return [401, '', 'Invalid credentials in Authorization header']
    const isIn = given === `Bearer ${repository.token ?? ''}`
    if (repository.private && !isIn) return [given ? 404 : 401, 'RepoNotFound', 'Repository not found']
    if (repository.gated && isFile && !isIn) {
      return [given ? 403 : 401, 'GatedRepo', 'Access to this model is restricted.']
    }
    return null
  }

  private answerApi(
    name: string,
    { files, gated, licence }: Repository,
    rest: string,
    url: URL,
    response: ServerResponse,
  ): void {
    const [kind, revision] = rest.split('/')
    if (revision !== 'main' && revision !== COMMIT) {
      refuse(response, 404, 'RevisionNotFound', 'Invalid rev id')
      return
    }
    if (kind === 'revision') {
      json(response, {
        id: name,
        sha: COMMIT,
        gated: gated ? 'manual' : false,
        private: false,
        tags: ['transformers', ...(licence ? [`license:${licence}`] : [])],
        siblings: [...files.keys()].map((rfilename) => ({ rfilename })),
      })
      return
    }
    const from = Number(url.searchParams.get('cursor') ?? 0)
    const page = [...files].slice(from, from + this.pageSize).map(([path, content]) => ({
      type: 'file',
      oid: gitHash(content),
      size: content.length,
      path,
      ...(content.length >= this.largeFrom && {
        lfs: { oid: sha256(content), size: content.length, pointerSize: 135 },
        xetHash: sha256(content),
      }),
    }))
    const next = from + this.pageSize
    if (next < files.size) {
      url.searchParams.set('cursor', String(next))
      response.setHeader('Link', `<${url.href}>; rel="next"`)
    }
    json(response, page)
  }

  private answerFile({ files }: Repository, rest: string, request: IncomingMessage, response: ServerResponse): void {
    const [, revision = '', file = ''] = /^resolve\/([^/]+)\/(.*)$/.exec(rest) ?? []
    const content = files.get(decodeURIComponent(file))
    if (!content || revision !== COMMIT) {
      refuse(response, 404, 'EntryNotFound', 'Entry not found')
      return
    }
    response.setHeader('X-Repo-Commit', COMMIT)
    if (content.length < this.largeFrom) {
      this.give(request, response, file, content)
      return
    }
    const { port } = this.cdn.address() as AddressInfo
    response.writeHead(302, {
      Location: `http://127.0.0.1:${port}/${sha256(content)}?signature=${this.signature}&file=${encodeURIComponent(file)}`,
      'X-Linked-Size': content.length,
      'X-Linked-Etag': `"${sha256(content)}"`,
    })
    response.end()
  }

  private answerLarge(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://cdn')
    this.asked.push({ host: 'cdn', path: url.pathname, headers: request.headers })
    if (url.searchParams.get('signature') !== String(this.signature)) {
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
      return
    }
    const all = [...this.repositories.values()].flatMap(({ files }) => [...files.values()])
    const content = all.find((each) => `/${sha256(each)}` === url.pathname)
    if (content) this.give(request, response, url.searchParams.get('file') ?? '', content)
    else response.writeHead(404).end()
  }

  private give(request: IncomingMessage, response: ServerResponse, file: string, content: Buffer): void {
    const fault = this.faults.findIndex((each) => each(request, response, file))
    if (fault >= 0) return
    sendFile(request, response, content, this.etagOf(content))
  }
}

/** A file as a good server gives it, with ranges. */
export function sendFile(request: IncomingMessage, response: ServerResponse, content: Buffer, etag: string): void {
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
  const start = Number(from ?? 0)
  const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag
  if (from !== undefined && isSame) {
    if (start >= content.length) {
      response.writeHead(416, { 'Content-Range': `bytes */${content.length}` }).end()
      return
    }
    response.writeHead(206, {
      ETag: etag,
      'Content-Length': content.length - start,
      'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}`,
    })
    response.end(content.subarray(start))
    return
  }
  response.writeHead(200, { ETag: etag, 'Content-Length': content.length, 'Accept-Ranges': 'bytes' })
  response.end(content)
}

/** A fault that happens so many times. */
export function times(count: number, act: Fault): Fault {
  let left = count
  return (request, response, file) => left > 0 && act(request, response, file) && left-- > 0
}

/** Faults by what people meet; each concerns files whose name ends in `ending`. */
export const FAULTS = {
  /** The first half, then the connection breaks. */
  dropped:
    (content: Buffer, ending: string): Fault =>
    (request, response, file) => {
      if (!file.endsWith(ending)) return false
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(start > 0 ? 206 : 200, {
        ETag: `"${sha256(content)}"`,
        'Content-Length': content.length - start,
        ...(start > 0 && { 'Content-Range': `bytes ${start}-${content.length - 1}/${content.length}` }),
      })
      response.write(content.subarray(start, start + Math.ceil((content.length - start) / 2)), () => {
        setTimeout(() => response.destroy(), 20)
      })
      return true
    },
  /** The first half, then silence. */
  stalled:
    (content: Buffer, ending: string): Fault =>
    (_request, response, file) => {
      if (!file.endsWith(ending)) return false
      response.writeHead(200, { ETag: `"${sha256(content)}"`, 'Content-Length': content.length })
      response.write(content.subarray(0, content.length / 2))
      return true
    },
  damaged:
    (content: Buffer, ending: string): Fault =>
    (_request, response, file) => {
      if (!file.endsWith(ending)) return false
      const other = Buffer.from(content)
      other[other.length - 1]! ^= 1
      response.writeHead(200, { ETag: '"other"', 'Content-Length': other.length }).end(other)
      return true
    },
  zipped:
    (content: Buffer, ending: string): Fault =>
    (_request, response, file) => {
      if (!file.endsWith(ending)) return false
      response.writeHead(200, { ETag: 'W/"zipped"', 'Content-Encoding': 'gzip' }).end(gzipSync(content))
      return true
    },
  /** Answers a Range with all of it. */
  rangeless:
    (content: Buffer, ending: string): Fault =>
    (_request, response, file) => {
      if (!file.endsWith(ending)) return false
      response.writeHead(200, { ETag: `"${sha256(content)}"`, 'Content-Length': content.length }).end(content)
      return true
    },
  status:
    (status: number, headers: Record<string, string> = {}): Fault =>
    (_request, response) => {
      response.writeHead(status, headers).end()
      return true
    },
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function gitHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

function json(response: ServerResponse, data: unknown): void {
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(data))
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    ...(code && { 'X-Error-Code': code }),
    'X-Error-Message': message,
    'X-Request-Id': 'Root=1-test',
  })
  response.end(JSON.stringify({ error: message }))
}
