import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import { makeFolder } from '../common/make-folder.ts'
import type { HubFile } from './listing.ts'

const ENDING = '.partial'
const STATE_FILE = 'download.json'
/** In a complete folder: where it came from. */
const ORIGIN_FILE = '.depthwise-origin.json'

const CommitSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))
const FileSchema = v.strictObject({
  path: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/)),
  size: v.number(),
  hash: v.strictObject({ kind: v.picklist(['sha256', 'git']), hex: v.string() }),
})
const StateSchema = v.strictObject({
  repository: v.string(),
  commit: CommitSchema,
  licence: v.nullable(v.string()),
  files: v.array(FileSchema),
  /** Files that are complete and were found right. */
  done: v.array(v.string()),
  /** Marks of what has arrived of the others. */
  etags: v.record(v.string(), v.nullable(v.string())),
  /** The process that writes into the folder. */
  pid: v.number(),
})
/** What is remembered of a download while it is not complete. */
export type DownloadState = v.InferOutput<typeof StateSchema>

const OriginSchema = v.looseObject({
  repository: v.string(),
  commit: CommitSchema,
  licence: v.nullable(v.string()),
})
/** Where a complete folder came from. */
export type Origin = v.InferOutput<typeof OriginSchema>

/** Folder of a repository at a commit, when it is complete. */
export function folderOf(models: string, repository: string, commit: string): string {
  return path.join(models, `${repository.replace('/', '--')}--${commit.slice(0, 12)}`)
}

/** A folder in which a download grows; nothing reads a model from it. */
export class PartialFolder {
  readonly state: DownloadState
  readonly folder: string

  private constructor(folder: string, state: DownloadState) {
    this.folder = folder
    this.state = state
  }

  /** @throws DepthwiseError BUSY where another process is writing it, CACHE_UNWRITABLE */
  static open(models: string, start: Omit<DownloadState, 'done' | 'etags' | 'pid'>): PartialFolder {
    const folder = folderOf(models, start.repository, start.commit) + ENDING
    const before = readState(folder)
    expectOurs(before)
    const kept = before?.commit === start.commit ? before : { done: [], etags: {} }
    const partial = new PartialFolder(folder, { ...start, done: kept.done, etags: kept.etags, pid: process.pid })
    writable(models, () => {
      makeFolder(folder)
      partial.keep()
    })
    return partial
  }

  place(file: HubFile): string {
    return path.join(this.folder, file.path)
  }

  keep(): void {
    const place = path.join(this.folder, STATE_FILE)
    writeFileSync(`${place}.new`, JSON.stringify(this.state))
    renameSync(`${place}.new`, place)
  }

  /** Bytes that are there, of all files. */
  get bytes(): number {
    return arrived(this.folder, this.state.files)
  }

  /** The folder gets its final name. @returns it */
  complete(): string {
    const { repository, commit, licence } = this.state
    const folder = this.folder.slice(0, -ENDING.length)
    writable(folder, () => {
      writeFileSync(
        path.join(this.folder, ORIGIN_FILE),
        JSON.stringify({ repository, commit, licence } satisfies Origin),
      )
      rmSync(path.join(this.folder, STATE_FILE), { force: true })
      renameSync(this.folder, folder)
    })
    return folder
  }
}

/** Downloads that were begun and are not complete. */
export function partialsIn(models: string): DownloadState[] {
  return foldersIn(models, true).flatMap((folder) => readState(folder) ?? [])
}

/** Bytes that have arrived of one. */
export function sizeOfPartial(models: string, repository: string, commit: string): number {
  const folder = folderOf(models, repository, commit) + ENDING
  const state = readState(folder)
  return state ? arrived(folder, state.files) : 0
}

function arrived(folder: string, files: readonly HubFile[]): number {
  return files.reduce((sum, { path: name, size }) => {
    const found = statSync(path.join(folder, name), { throwIfNoEntry: false })
    return sum + Math.min(size, found?.size ?? 0)
  }, 0)
}

/** Complete downloads. */
export function originsIn(models: string): { folder: string; origin: Origin }[] {
  return foldersIn(models, false).flatMap((folder) => {
    const origin = read(path.join(folder, ORIGIN_FILE), OriginSchema)
    return origin ? [{ folder, origin }] : []
  })
}

/** Removes what has arrived of a download. @throws DepthwiseError BUSY, CACHE_UNWRITABLE */
export function discard(models: string, repository: string, commit: string): void {
  const folder = folderOf(models, repository, commit) + ENDING
  expectOurs(readState(folder))
  writable(folder, () => {
    rmSync(folder, { recursive: true, force: true })
  })
}

function foldersIn(models: string, partial: boolean): string[] {
  if (!existsSync(models)) return []
  return readdirSync(models, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.endsWith(ENDING) === partial)
    .map(({ name }) => path.join(models, name))
}

const readState = (folder: string): DownloadState | null => read(path.join(folder, STATE_FILE), StateSchema)

function read<const S extends v.GenericSchema>(place: string, schema: S): v.InferOutput<S> | null {
  try {
    return v.parse(schema, JSON.parse(readFileSync(place, 'utf8')))
  } catch {
    return null
  }
}

function expectOurs(state: DownloadState | null): void {
  if (!state || state.pid === process.pid || !isRunning(state.pid)) return
  throw new DepthwiseError('BUSY', `${state.repository} is being downloaded by another Depthwise already.`, {
    detail: `process ${state.pid}`,
  })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function writable(folder: string, act: () => void): void {
  try {
    act()
  } catch (cause) {
    throw new DepthwiseError('CACHE_UNWRITABLE', `Downloads cannot be written to ${folder}.`, { detail: folder, cause })
  }
}
