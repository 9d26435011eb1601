import { DepthwiseError } from '../common/errors.ts'

/** A repository of models on the Hub. */
export interface Repository {
  /** ORG/NAME, or NAME alone for the oldest. */
  name: string
  /** A branch, a tag or a commit; null: the main branch. */
  revision: string | null
}

/** The scheme of the app's own links. */
export const LINK_SCHEME = 'depthwise'

const DEFAULT_ENDPOINT = 'https://huggingface.co'
/** As the Hub itself allows them (huggingface_hub, `validate_repo_id`). */
const NAME = /^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/)?[A-Za-z0-9_][A-Za-z0-9._-]{0,95}$/
const REVISION = /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$/
const COMMIT = /^[0-9a-f]{40}$/

export const isCommit = (revision: string): boolean => COMMIT.test(revision)

/** Address of the Hub, or of the mirror that HF_ENDPOINT names; without a slash at its end. @throws DepthwiseError BAD_ARGUMENT */
export function endpointOf(environment: NodeJS.ProcessEnv = process.env): string {
  const given = (environment.HF_ENDPOINT ?? '').trim() || DEFAULT_ENDPOINT
  const url = URL.parse(given)
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return given.replace(/\/+$/, '')
  throw new DepthwiseError('BAD_ARGUMENT', 'HF_ENDPOINT is not an address that begins with https:// or http://.', {
    detail: given.slice(0, 200),
  })
}

/**
 * What a person gave as a repository: ORG/NAME, an address of the Hub (also of a branch, https://…/ORG/NAME/tree/REVISION)
 * or a link depthwise://models/huggingface/ORG/NAME[?revision=REVISION].
 * @param revision where it was given beside; it comes before one in the address
 * @throws DepthwiseError BAD_ARGUMENT
 */
export function parseRepository(text: string, revision?: string | null, endpoint = DEFAULT_ENDPOINT): Repository {
  const found = text.includes('://') ? inAddress(text, endpoint) : { name: text.trim(), revision: null }
  const wanted = revision?.trim() ? revision.trim() : found?.revision
  if (!found || !NAME.test(found.name) || /\.\.|--/.test(found.name) || found.name.endsWith('.git'))
    throw unreadable(text)
  if (wanted != null && (!REVISION.test(wanted) || wanted.includes('..'))) {
    throw new DepthwiseError('BAD_ARGUMENT', `“${wanted.slice(0, 100)}” is no name of a branch, tag or commit.`, {
      detail: wanted.slice(0, 200),
    })
  }
  return { name: found.name, revision: wanted ?? null }
}

function inAddress(text: string, endpoint: string): Repository | null {
  const url = URL.parse(text.trim())
  if (!url) return null
  const parts = url.pathname.split('/').filter(Boolean).map(decoded)
  if (url.protocol === `${LINK_SCHEME}:`) {
    if (url.host !== 'models' || parts[0] !== 'huggingface' || parts.length > 3) return null
    return { name: parts.slice(1).join('/'), revision: url.searchParams.get('revision') }
  }
  const hosts = [new URL(DEFAULT_ENDPOINT).host, 'hf.co', new URL(endpoint).host]
  if (!hosts.includes(url.host.replace(/^www\./, ''))) return null
  const behind = parts.findIndex((part, i) => i > 0 && (part === 'tree' || part === 'blob' || part === 'resolve'))
  if (behind < 0) return { name: parts.slice(0, 2).join('/'), revision: null }
  // the name of a branch may have slashes in it; that of a file in it cannot be told apart
  const revision = parts[behind] === 'tree' ? parts.slice(behind + 1).join('/') : parts[behind + 1]
  return { name: parts.slice(0, behind).join('/'), revision: revision || null }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function unreadable(text: string): DepthwiseError {
  return new DepthwiseError(
    'BAD_ARGUMENT',
    'This is no repository of the Hub. Give its name, as in ByteDance/Ouro-1.4B-Thinking, or its address.',
    { detail: text.slice(0, 200) },
  )
}
