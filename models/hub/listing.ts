import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { Repository } from './address.ts'
import type { Asking, HubClient } from './client.ts'

const HexSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$|^[0-9a-f]{64}$/))
const LengthSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** Of the API's `/api/models/{id}/revision/{revision}`. */
const InfoSchema = v.looseObject({
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  gated: v.optional(v.union([v.boolean(), v.string()]), false),
  tags: v.optional(v.array(v.string()), []),
  safetensors: v.nullish(v.looseObject({ total: v.nullish(LengthSchema) })),
})
/** Of `/api/models/{id}/tree/{commit}`. */
const EntrySchema = v.looseObject({
  type: v.string(),
  path: v.pipe(v.string(), v.maxLength(1000)),
  size: v.optional(LengthSchema, 0),
  oid: v.optional(v.string(), ''),
  lfs: v.nullish(v.looseObject({ oid: HexSchema, size: LengthSchema })),
})

/** A file of a repository at a commit. */
export interface HubFile {
  path: string
  /** In bytes. */
  size: number
  /** sha256 of what is in it; or git's hash of a blob, where the file is in git itself. */
  hash: { kind: 'sha256' | 'git'; hex: string }
}

/** What the Hub says of a repository at a revision. */
export interface RepositoryInfo {
  name: string
  commit: string
  /** Whether its makers ask for their terms to be accepted. */
  gated: boolean
  licence: string | null
  parameters: number | null
}

const MOST_PAGES = 200

/** Resolves a revision to its commit. @throws DepthwiseError HUB_*, CANCELLED */
export async function readInfo(
  hub: HubClient,
  { name, revision }: Repository,
  asking: Asking,
): Promise<RepositoryInfo> {
  const url = `${hub.endpoint}/api/models/${name}/revision/${encodeURIComponent(revision ?? 'main')}`
  const { data } = await hub.json(url, InfoSchema, { repository: name, revision }, asking)
  return {
    name,
    commit: data.sha,
    gated: data.gated !== false,
    licence: data.tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length) ?? null,
    parameters: data.safetensors?.total ?? null,
  }
}

/** Every file of a commit, page by page. @throws DepthwiseError HUB_*, CANCELLED */
export async function listFiles(hub: HubClient, name: string, commit: string, asking: Asking): Promise<HubFile[]> {
  const files: HubFile[] = []
  let url: string | null = `${hub.endpoint}/api/models/${name}/tree/${commit}?recursive=true&expand=false`
  for (let pages = 0; url !== null; pages++) {
    if (pages === MOST_PAGES) {
      throw new DepthwiseError('HUB_REFUSED', 'This repository has more files than a model can have.', { detail: name })
    }
    const page: { data: v.InferOutput<typeof EntrySchema>[]; next: string | null } = await hub.json(
      url,
      v.array(EntrySchema),
      { repository: name, revision: commit },
      asking,
    )
    for (const { type, path, size, oid, lfs } of page.data) {
      if (type !== 'file') continue
      files.push(
        lfs
          ? { path, size: lfs.size, hash: { kind: 'sha256', hex: lfs.oid } }
          : { path, size, hash: { kind: 'git', hex: oid } },
      )
    }
    url = page.next
  }
  return files
}
