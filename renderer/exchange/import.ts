import { DepthwiseError } from '../../models/common/errors.ts'
import type { Client } from '../connection/client.ts'
import { words } from '../language/language.svelte.ts'
import { failureSentence } from '../ui/failure.ts'
import type { Source } from './read.ts'
import { readConversations } from './read.ts'

/** What came of an import. */
export interface Summary {
  imported: number
  /** Were in the trash, and have come back. */
  restored: number
  /** Were there already. */
  known: number
  /** Of those that were there already: which came from another program, and could be imported once more. */
  repeatable: ReadonlySet<string>
  skipped: readonly { title: string; why: string }[]
  /** It was broken off. */
  cancelled: boolean
}

export interface Progress {
  /** Of all files. */
  bytes: number
  total: number
  conversations: number
}

interface Options {
  /** Those that are imported although they are there. */
  again?: ReadonlySet<string>
  signal: AbortSignal
  told: (progress: Progress) => void
}

/** So many that were skipped are named. */
export const MOST_NAMED = 200

/** Imports every conversation of the files, each whole or not at all; what cannot be read is skipped and named. */
export async function importFiles(
  client: Client,
  files: readonly Source[],
  { again = new Set(), signal, told }: Options,
): Promise<Summary> {
  const repeatable = new Set<string>()
  const skipped: { title: string; why: string }[] = []
  const counts = { imported: 0, restored: 0, known: 0 }
  const total = files.reduce((sum, { size }) => sum + size, 0)
  let before = 0
  let bytes = 0
  const tell = () => {
    told({ bytes: before + bytes, total, conversations: counts.imported + counts.restored + counts.known })
  }
  for (const file of files) {
    bytes = 0
    const reads = readConversations(file, (now) => {
      bytes = now
      tell()
    })
    for await (const read of reads) {
      if (signal.aborted) break
      if (read.kind === 'skipped') skipped.push(read)
      else if (read.kind === 'folders') await makeFolders(client, read.names)
      else {
        const { conversation } = read
        const { origin, title } = conversation
        const isAgain = origin !== null && again.has(origin)
        if (again.size > 0 && !isAgain) continue
        try {
          const { outcome } = await client.call('conversation.import', { conversation, again: isAgain })
          counts[outcome] += 1
          if (outcome === 'known' && origin !== null) repeatable.add(origin)
        } catch (error) {
          if (!(error instanceof DepthwiseError) || error.code !== 'BAD_ARGUMENT') throw error
          skipped.push({ title, why: words().exchange.wrong(error.detail ?? failureSentence(error)) })
        }
        tell()
      }
    }
    if (signal.aborted) break
    before += file.size
  }
  return { ...counts, repeatable, skipped: again.size > 0 ? [] : skipped, cancelled: signal.aborted }
}

async function makeFolders(client: Client, names: readonly string[]): Promise<void> {
  const there = new Set((await client.call('folder.list', {})).map(({ name }) => name))
  for (const name of new Set(names)) if (!there.has(name)) await client.call('folder.create', { name })
}
