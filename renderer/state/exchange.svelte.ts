import type { Client } from '../connection/client.ts'
import type { ExportChoice, Exported } from '../exchange/export.ts'
import { exportAll, exportOne } from '../exchange/export.ts'
import type { Progress, Summary } from '../exchange/import.ts'
import { importFiles } from '../exchange/import.ts'
import type { Source } from '../exchange/read.ts'
import type { Notices } from './notices.svelte.ts'

/** Conversations in files: out of Depthwise and into it. One at a time. */
export class Exchange {
  private readonly client: Client
  private readonly notices: Notices
  private running: AbortController | null = null
  /** 0 to 1 of an export of all; null: none is under way. */
  exporting = $state<number | null>(null)
  /** null: no import is under way. */
  importing = $state.raw<Progress | null>(null)
  /** Of the last import. */
  summary = $state.raw<Summary | null>(null)
  /** What was imported last, to be imported again. */
  private files: readonly Source[] = []

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
  }

  /** `id` null: all. null where there is no file. */
  async export(id: number | null, choice: ExportChoice): Promise<Exported | null> {
    const { signal } = (this.running = new AbortController())
    this.exporting = 0
    const told = (done: number) => (this.exporting = done)
    const making = id === null ? exportAll(this.client, choice, told, signal) : exportOne(this.client, id, choice)
    let made: Exported | null = null
    await this.notices.during(making.then((file) => (made = file)))
    this.exporting = null
    return signal.aborted ? null : made
  }

  async import(files: readonly Source[], again?: ReadonlySet<string>): Promise<void> {
    if (this.importing || files.length === 0) return
    const { signal } = (this.running = new AbortController())
    this.files = files
    this.summary = null
    this.importing = { bytes: 0, total: 1, conversations: 0 }
    const told = (progress: Progress) => (this.importing = progress)
    await this.notices.during(
      importFiles(this.client, files, { signal, told, ...(again && { again }) }).then(
        (summary) => (this.summary = summary),
      ),
    )
    this.importing = null
  }

  /** Imports once more what had come from another program and was there already. */
  async importAgain(): Promise<void> {
    const repeatable = this.summary?.repeatable
    if (repeatable) await this.import(this.files, repeatable)
  }

  cancel(): void {
    this.running?.abort()
  }
}
