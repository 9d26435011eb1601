import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { weightFiles } from '../formats/weights.ts'
import { isCommit } from './address.ts'
import { huggingFaceHome } from './token.ts'

/** A model in the cache of the Hugging Face tools, whole, to be read where it lies. */
export interface CachedModel {
  repository: string
  commit: string
  /** Its snapshot: files, or links into the repository's blobs. */
  folder: string
}

/** Where the Hugging Face tools keep what they download. */
export function hubCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE
  return given ? path.resolve(given) : path.join(huggingFaceHome(environment), 'hub')
}

/** The whole models of a cache, one snapshot for each repository: that of `main`, else of another branch, else the newest. */
export function scanHubCache(folder = hubCacheFolder()): CachedModel[] {
  return namesIn(folder)
    .filter((name) => name.startsWith('models--'))
    .flatMap((name) => snapshotOf(path.join(folder, name)) ?? [])
}

function snapshotOf(repository: string): CachedModel | null {
  for (const commit of commitsOf(repository)) {
    const folder = path.join(repository, 'snapshots', commit)
    if (!isWhole(folder) || !staysInside(repository, folder)) continue
    const name = path.basename(repository).slice('models--'.length).replace('--', '/')
    return { repository: name, commit, folder }
  }
  return null
}

/** Commits that have a snapshot, the most wanted first. */
function commitsOf(repository: string): string[] {
  const snapshots = path.join(repository, 'snapshots')
  const there = namesIn(snapshots).filter(isCommit)
  const newest = there.toSorted((a, b) => timeOf(path.join(snapshots, b)) - timeOf(path.join(snapshots, a)))
  const refs = path.join(repository, 'refs')
  const named = ['main', ...namesIn(refs).filter((name) => name !== 'main')].flatMap(
    (ref) => commitIn(path.join(refs, ref)) ?? [],
  )
  return [...new Set([...named, ...newest])].filter((commit) => there.includes(commit))
}

function commitIn(file: string): string | null {
  try {
    const commit = readFileSync(file, 'utf8').trim()
    return isCommit(commit) ? commit : null
  } catch {
    return null
  }
}

/** Whether everything is there that a model is loaded from. */
function isWhole(folder: string): boolean {
  try {
    weightFiles(folder)
    return ['config.json', 'tokenizer.json'].every((file) => existsSync(path.join(folder, file)))
  } catch {
    return false
  }
}

/**
 * Whether every link of a snapshot leads to a blob of its own repository: the one place that it may lead to. The blobs
 * themselves are files, never links.
 */
export function staysInside(repository: string, snapshot: string): boolean {
  try {
    const blobs = path.join(realpathSync(repository), 'blobs') + path.sep
    const own = realpathSync(snapshot) + path.sep
    return readdirSync(snapshot).every((name) => {
      const target = realpathSync(path.join(snapshot, name))
      return target.startsWith(own) || (target.startsWith(blobs) && !target.slice(blobs.length).includes(path.sep))
    })
  } catch {
    return false
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    return []
  }
}

const timeOf = (place: string): number => statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? 0
