import type { Failure } from '../common/errors.ts'
import { DepthwiseError, toFailure } from '../common/errors.ts'
import type { Repository } from '../hub/address.ts'
import { chooseFiles } from '../hub/choice.ts'
import type { Asking, HubClient } from '../hub/client.ts'
import type { HubFile } from '../hub/listing.ts'
import { listFiles, readInfo } from '../hub/listing.ts'
import type { Description } from './describe.ts'
import { describe, problemOf } from './describe.ts'
import { abilitiesOf } from './template.ts'

/** What the Hub says of a repository. */
export interface Look extends Description {
  repository: string
  /** As it was asked for. */
  asked: string | null
  /** The commit that it is now. */
  revision: string
  gated: boolean
  /** Those that would be downloaded. */
  files: { path: string; bytes: number }[]
  bytes: number
  problem: Failure | null
}

/** A tokenizer's configuration with a thousand reserved tokens takes some hundred kilobytes. */
const MOST_READ = 8_000_000

/**
 * Asks the Hub what a repository holds and reads its small files, so that one knows before a download what it would be.
 * @throws DepthwiseError HUB_*, CANCELLED; what speaks against the model itself is its `problem`
 */
export async function lookAt(hub: HubClient, { name, revision }: Repository, asking: Asking): Promise<Look> {
  const info = await readInfo(hub, { name, revision }, asking)
  const all = await listFiles(hub, name, info.commit, asking)
  const problems: Failure[] = []
  /** What concerns the model is said of it; what concerns the connection breaks off. */
  const orSaid = async <T>(act: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof DepthwiseError) || !/^(MODEL_|HUB_GATED|HUB_REFUSED)/.test(error.code)) throw error
      problems.push(toFailure(error))
      return otherwise
    }
  }
  const chosen = await orSaid(() => chooseFiles(hub, info, all, asking), [])
  const text = (file: string): Promise<string | null> => {
    const isThere = chosen.some(({ path, size }) => path === file && size <= MOST_READ)
    return isThere ? orSaid(() => hub.file(name, info.commit, file, asking), null) : Promise.resolve(null)
  }
  const config = parsed(await text('config.json'))
  const jinja = await text('chat_template.jinja')
  const abilities = abilitiesOf(jinja, jinja === null ? parsed(await text('tokenizer_config.json')) : null)
  const described = describe({
    name: name.slice(name.indexOf('/') + 1),
    config,
    licence: info.licence,
    ...abilities,
  })
  const lacks = chosen.length > 0 && !chosen.some(({ path }) => path === 'tokenizer.json') ? noTokenizer(name) : null
  return {
    ...described,
    parameters: described.parameters ?? info.parameters,
    notes: [
      ...described.notes,
      ...(info.gated ? ['Its makers give it to those who accept their terms on its page.'] : []),
    ],
    repository: name,
    asked: revision,
    revision: info.commit,
    gated: info.gated,
    files: chosen.map(({ path, size }) => ({ path, bytes: size })),
    bytes: sum(chosen),
    problem: problems[0] ?? lacks ?? problemOf(config),
  }
}

function noTokenizer(name: string): Failure {
  return {
    code: 'MODEL_TOKENIZER',
    message: `${name} has no tokenizer.json, so Depthwise could not read what is written to it.`,
  }
}

const sum = (files: readonly HubFile[]): number => files.reduce((all, { size }) => all + size, 0)

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}
