import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { DepthwiseError } from '../common/errors.ts'
import { makeFolder } from '../common/make-folder.ts'
import type { Repository } from './address.ts'
import { chooseFiles } from './choice.ts'
import type { HubClient } from './client.ts'
import type { HubFile } from './listing.ts'
import { listFiles, readInfo } from './listing.ts'
import { folderOf, PartialFolder } from './partial.ts'
import { transfer } from './transfer.ts'

/** Bytes that stay free on the disk. */
const SPARE = 100_000_000

/** How far a download is. */
export interface DownloadNews {
  phase: 'listing' | 'downloading' | 'verifying'
  commit: string | null
  /** Bytes that are there. */
  bytes: number
  /** null before the files are listed. */
  total: number | null
  /** Why nothing arrives just now. */
  waiting: string | null
}

export interface DownloadOptions {
  /** Folder of all downloads. */
  models: string
  signal: AbortSignal
  tell: (news: DownloadNews) => void
}

/**
 * Downloads the files of a repository that a model needs into a folder of its own, and goes on where an earlier try of the
 * same commit was broken off. The folder gets its name when everything in it is there and right.
 * @returns the folder @throws DepthwiseError HUB_*, MODEL_* (choice.ts), DOWNLOAD_DAMAGED, DISK_FULL, CACHE_UNWRITABLE, BUSY, CANCELLED
 */
export async function download(
  hub: HubClient,
  repository: Repository,
  { models, signal, tell }: DownloadOptions,
): Promise<string> {
  const news: DownloadNews = { phase: 'listing', commit: null, bytes: 0, total: null, waiting: null }
  const say = (changes: Partial<DownloadNews>): void => {
    tell(Object.assign(news, changes))
  }
  const asking = {
    signal,
    waiting: (waiting: string | null) => {
      say({ waiting })
    },
  }
  say({})
  const info = await readInfo(hub, repository, asking)
  const done = folderOf(models, info.name, info.commit)
  if (existsSync(done)) {
    say({ commit: info.commit })
    return done
  }
  const files = await chooseFiles(hub, info, await listFiles(hub, info.name, info.commit, asking), asking)
  const partial = PartialFolder.open(models, {
    repository: info.name,
    commit: info.commit,
    licence: info.licence,
    files,
  })
  const total = sum(files)
  say({ phase: 'downloading', commit: info.commit, bytes: partial.bytes, total })
  await expectRoom(models, total - partial.bytes)
  let before = sum(files.filter(({ path: name }) => partial.state.done.includes(name)))
  for (const file of files) {
    if (partial.state.done.includes(file.path)) continue
    await transfer(
      hub,
      {
        repository: info.name,
        commit: info.commit,
        file,
        place: partial.place(file),
        etag: partial.state.etags[file.path] ?? null,
      },
      {
        ...asking,
        arrived: (bytes) => {
          say({ phase: 'downloading', bytes: before + bytes })
        },
        marked: (etag) => {
          partial.state.etags[file.path] = etag
          partial.keep()
        },
        verifying: () => {
          say({ phase: 'verifying' })
        },
      },
    )
    before += file.size
    partial.state.done.push(file.path)
    partial.keep()
  }
  return partial.complete()
}

const sum = (files: readonly HubFile[]): number => files.reduce((all, { size }) => all + size, 0)

/** Bytes free where `folder` is, or will be; null where the system does not say. */
export async function freeBytes(folder: string): Promise<number | null> {
  let place = folder
  while (!existsSync(place) && place !== path.dirname(place)) place = path.dirname(place)
  try {
    const { bavail, bsize } = await statfs(place)
    return bavail * bsize
  } catch {
    return null
  }
}

async function expectRoom(models: string, needed: number): Promise<void> {
  makeFolder(models)
  const free = await freeBytes(models)
  if (free === null || needed + SPARE <= free) return
  throw new DepthwiseError(
    'DISK_FULL',
    `${gigabytes(needed)} are still to be downloaded, and the disk has ${gigabytes(free)} left. Make room, then resume.`,
    { detail: models },
  )
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`
