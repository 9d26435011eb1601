import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, rm, stat } from 'node:fs/promises'
import { DepthwiseError } from '../common/errors.ts'
import type { Asking, HubClient, Opened } from './client.ts'
import { bodyOf, cancelled, passing } from './client.ts'
import type { HubFile } from './listing.ts'
import { Passing, refusalOf } from './refusals.ts'

const READ_BYTES = 1 << 20

/** Which file is to be fetched, and where to. */
export interface Transfer {
  repository: string
  commit: string
  file: HubFile
  /** Where it is written; what is there already is its beginning. */
  place: string
  /** The server's mark of the content that the beginning came from; null: unknown. */
  etag: string | null
}

/** What one is told of a transfer. */
export interface TransferNews extends Asking {
  /** Bytes of the file that are there. */
  arrived: (bytes: number) => void
  /** The mark of what arrives now, to be remembered for a later beginning. */
  marked: (etag: string | null) => void
  verifying: () => void
}

/**
 * Fetches a file, going on where it was broken off, and compares it with the hash that the Hub gave. Every try asks the Hub
 * anew, as what it redirects to expires. A file whose hash is wrong is fetched once more.
 * @throws DepthwiseError HUB_*, DOWNLOAD_DAMAGED, DISK_FULL, CANCELLED; what has arrived stays, unless it is wrong
 */
export async function transfer(hub: HubClient, what: Transfer, news: TransferNews): Promise<void> {
  const { file, place } = what
  const mark = { etag: what.etag }
  for (let tries = 0; ; tries++) {
    await hub.again(news, (progress) => attempt(hub, what, mark, news, progress))
    news.verifying()
    if ((await hashOf(place, file, news.signal)) === file.hash.hex) return
    await rm(place, { force: true })
    mark.etag = null
    news.arrived(0)
    if (tries > 0) {
      throw new DepthwiseError(
        'DOWNLOAD_DAMAGED',
        `${file.path} arrived twice with contents that are not those the Hub lists. Nothing of it was kept.`,
        { detail: file.path },
      )
    }
  }
}

async function attempt(
  hub: HubClient,
  what: Transfer,
  mark: { etag: string | null },
  news: TransferNews,
  progress: () => void,
): Promise<void> {
  const { repository, commit, file, place } = what
  let from = await sizeOf(place)
  if (from > file.size) {
    await rm(place, { force: true })
    from = 0
  }
  news.arrived(from)
  if (from === file.size && (from > 0 || (await exists(place)))) return
  if (file.size === 0) {
    await (await open(place, 'w')).close()
    return
  }
  const url = hub.resolveAddress(repository, commit, file.path)
  const opened = await hub.open(url, from === 0 ? {} : rangeOf(from, mark.etag), news.signal)
  try {
    const start = await startOf(opened, what, from, mark.etag, hub.hasToken)
    mark.etag = etagOf(opened.response)
    news.marked(mark.etag)
    await receive(opened, place, file, start, {
      ...news,
      arrived: (bytes) => {
        if (bytes > start) progress()
        news.arrived(bytes)
      },
    })
  } catch (error) {
    throw noRoom(error) ?? passing(error, news.signal)
  } finally {
    opened.close()
  }
}

/** If-Range takes a strong mark only. */
function rangeOf(from: number, etag: string | null): Record<string, string> {
  return { Range: `bytes=${from}-`, ...(etag?.startsWith('"') && { 'If-Range': etag }) }
}

const etagOf = ({ headers }: Response): string | null => headers.get('etag')

/** Byte of the file with which the body begins. @throws where there is nothing to be had; what was there is removed where it cannot be gone on with */
async function startOf(
  { response, elsewhere }: Opened,
  { repository, commit, file, place }: Transfer,
  from: number,
  etag: string | null,
  hasToken: boolean,
): Promise<number> {
  const again = async (why: string): Promise<never> => {
    await rm(place, { force: true })
    throw new Passing(why)
  }
  if (response.status === 416) return again('The file on the Hub ends before what is here')
  if (!response.ok) {
    // the signed address of another host expires
    if (elsewhere && [400, 401, 403, 404, 410].includes(response.status)) {
      throw new Passing(`The server that holds the file refused it (HTTP ${response.status})`)
    }
    throw refusalOf(response, { repository, revision: commit, file: file.path, hasToken })
  }
  if (response.status !== 206) return 0
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? []
  const isSame = etag === null || etagOf(response) === null || etagOf(response) === etag
  if (Number(first) === from && Number(total) === file.size && isSame && !response.headers.has('content-encoding'))
    return from
  return again('The file on the Hub is another one by now')
}

async function receive(
  { response, heard }: Opened,
  place: string,
  file: HubFile,
  start: number,
  news: Pick<TransferNews, 'arrived'>,
): Promise<void> {
  const handle = await open(place, start === 0 ? 'w' : 'r+')
  try {
    let at = start
    for await (const piece of bodyOf(response)) {
      heard(piece.byteLength)
      if (at + piece.byteLength > file.size) {
        throw new DepthwiseError('DOWNLOAD_DAMAGED', `More arrived of ${file.path} than the Hub lists.`, {
          detail: file.path,
        })
      }
      await write(handle, piece, at)
      at += piece.byteLength
      news.arrived(at)
    }
    if (at < file.size) throw new Passing('The connection to the Hub ended too early')
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function write(handle: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < piece.byteLength;) {
    const { bytesWritten } = await handle.write(piece, done, piece.byteLength - done, position + done)
    done += bytesWritten
  }
}

function noRoom(error: unknown): DepthwiseError | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DepthwiseError('DISK_FULL', 'The disk is full. Make room, then resume the download.', { cause: error })
  }
  if (error instanceof Error && 'syscall' in error && 'path' in error) {
    return new DepthwiseError('CACHE_UNWRITABLE', 'The download cannot be written to the disk.', {
      detail: error.message,
      cause: error,
    })
  }
  return null
}

async function sizeOf(place: string): Promise<number> {
  const found = await stat(place).catch(() => null)
  return found?.isFile() ? found.size : 0
}

const exists = async (place: string): Promise<boolean> => (await stat(place).catch(() => null)) !== null

/** Of what was written, in the form that the Hub lists: sha256, or git's sha1 of a blob. */
async function hashOf(place: string, { size, hash: { kind } }: HubFile, signal: AbortSignal): Promise<string> {
  const hash = createHash(kind === 'git' ? 'sha1' : 'sha256')
  if (kind === 'git') hash.update(`blob ${size}\0`)
  const buffer = new Uint8Array(READ_BYTES)
  const file = await open(place)
  try {
    for (;;) {
      if (signal.aborted) throw cancelled()
      const { bytesRead } = await file.read(buffer)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
