import { strToU8, Zip, ZipDeflate } from 'fflate'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { PortableConversation } from '../../electron/contract/portable.ts'
import { PORTABLE_FORMAT, PORTABLE_VERSION } from '../../electron/contract/portable.ts'
import type { Client } from '../connection/client.ts'
import { FileNames, fileNameOf } from './file-names.ts'
import { toMarkdown } from './markdown.ts'

export interface ExportChoice {
  format: 'markdown' | 'json'
  /** Only of Markdown; JSON has them always. */
  thoughts: boolean
}

export interface Exported {
  name: string
  contents: Blob
}

/** One conversation as a file. */
export async function exportOne(client: Client, id: number, choice: ExportChoice): Promise<Exported> {
  const conversation = await client.call('conversation.export', { id })
  const name = fileNameOf(conversation.title)
  if (choice.format === 'markdown')
    return { name: `${name}.md`, contents: new Blob([toMarkdown(conversation, choice)], { type: 'text/markdown' }) }
  const { folder } = conversation
  const file = new JsonFile(folder === null ? [] : [folder])
  file.add(conversation)
  return { name: `${name}.conversation.json`, contents: file.end() }
}

/**
 * All conversations as one file: JSON, or a ZIP of Markdown files.
 * @param told gets the share that is done, 0 to 1
 */
export async function exportAll(
  client: Client,
  choice: ExportChoice,
  told: (done: number) => void,
  signal: AbortSignal,
): Promise<Exported | null> {
  const all = await client.call('conversation.list', {})
  const folders = await client.call('folder.list', {})
  const file = choice.format === 'json' ? new JsonFile(folders.map(({ name }) => name)) : new ZipFile(choice)
  for (const [index, { id }] of all.entries()) {
    const conversation = await ofThere(client, id)
    if (signal.aborted) return null
    if (conversation) file.add(conversation)
    told((index + 1) / all.length)
  }
  const day = new Date().toISOString().slice(0, 10)
  return { name: `depthwise-conversations-${day}${file.ending}`, contents: file.end() }
}

/** null where it was deleted meanwhile. */
async function ofThere(client: Client, id: number): Promise<PortableConversation | null> {
  try {
    return await client.call('conversation.export', { id })
  } catch (error) {
    if (error instanceof DepthwiseError && error.code === 'NOT_FOUND') return null
    throw error
  }
}

/** As docs/exports.md describes it, a conversation a line. */
class JsonFile {
  readonly ending = '.json'
  private readonly parts: (Blob | string)[]
  private isFirst = true

  constructor(folders: readonly string[]) {
    const head = { format: PORTABLE_FORMAT, version: PORTABLE_VERSION, exportedAt: new Date().toISOString(), folders }
    this.parts = [`${JSON.stringify(head).slice(0, -1)},"conversations":[\n`]
  }

  add(conversation: PortableConversation): void {
    // a Blob for each: the browser may keep it elsewhere than in memory
    this.parts.push(new Blob([this.isFirst ? '' : ',\n', JSON.stringify(conversation)]))
    this.isFirst = false
  }

  end(): Blob {
    return new Blob([...this.parts, '\n]}\n'], { type: 'application/json' })
  }
}

class ZipFile {
  readonly ending = '.zip'
  private readonly choice: ExportChoice
  private readonly names = new FileNames()
  private readonly parts: (Blob | string)[] = []
  private readonly zip: Zip

  constructor(choice: ExportChoice) {
    this.choice = choice
    this.zip = new Zip((error, bytes) => {
      if (error) throw error
      this.parts.push(new Blob([bytes]))
    })
  }

  add(conversation: PortableConversation): void {
    const { folder, title, updatedAt } = conversation
    const inFolder = folder === null ? '' : `${fileNameOf(folder)}/`
    const file = new ZipDeflate(`${inFolder}${this.names.take(title, '.md')}`, { level: 6 })
    // a ZIP knows no time before 1980
    file.mtime = Math.max(updatedAt, Date.UTC(1980, 0, 2))
    this.zip.add(file)
    file.push(strToU8(toMarkdown(conversation, this.choice)), true)
  }

  end(): Blob {
    this.zip.end()
    return new Blob(this.parts, { type: 'application/zip' })
  }
}
