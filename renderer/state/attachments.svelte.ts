import { MOST_ATTACHMENTS } from '../../electron/contract/attachments.ts'
import type { Attachment } from '../../electron/contract/values.ts'
import type { Refusal, TextSource } from '../attachments/read-text.ts'
import { cleanName, freeName, readText } from '../attachments/read-text.ts'
import type { Client } from '../connection/client.ts'
import { words } from '../language/language.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** The files of a message that is being written. */
export interface AttachedTo {
  files: () => readonly Attachment[]
  change: (files: readonly Attachment[]) => void
}

/** Text files on their way into messages, and the one that is looked at. */
export class Attachments {
  private readonly client: Client
  private readonly notices: Notices
  /** So many are being read. */
  reading = $state(0)
  viewed = $state.raw<Attachment | null>(null)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
  }

  /** Attaches those that are text, one after another; says in one sentence each why the others are not. */
  async add(files: readonly TextSource[], to: AttachedTo): Promise<void> {
    this.forgetRefused()
    const refused: { name: string; why: Refusal | 'many' }[] = []
    this.reading += files.length
    for (const file of files) {
      if (to.files().length >= MOST_ATTACHMENTS) refused.push({ name: file.name, why: 'many' })
      else {
        const read = await readText(file)
        if ('refusal' in read) refused.push({ name: file.name, why: read.refusal })
        else await this.attach(file.name, read.text, to)
      }
      this.reading -= 1
    }
    if (refused.length > 0) this.notices.note(words().attachments.refused(refused), this)
  }

  /** What was said of files that could not be attached is of no use any more. */
  forgetRefused(): void {
    this.notices.forget(this)
  }

  /** A text that has no file yet. */
  async addText(name: string, text: string, to: AttachedTo): Promise<boolean> {
    return this.attach(name, text, to)
  }

  read(id: number): Promise<string> {
    return this.client.call('attachment.read', { id }).then(({ text }) => text)
  }

  private attach(fileName: string, text: string, to: AttachedTo): Promise<boolean> {
    const taken = to.files().map(({ name }) => name)
    const name = freeName(cleanName(fileName), taken)
    return this.notices.during(
      this.client.call('attachment.add', { name, text }).then((added) => {
        to.change([...to.files(), added])
      }),
    )
  }
}
