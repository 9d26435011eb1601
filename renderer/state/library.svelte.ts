import type { Download, Library, LibraryModel, ModelId } from '../../electron/contract/models.ts'
import type { PrecisionChoice } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'
import { words } from '../language/language.svelte.ts'
import type { Notices } from './notices.svelte.ts'
import { sentence } from './notices.svelte.ts'

/** The models of this machine and those that could be, and what a person does with them. */
export class ModelLibrary {
  private readonly client: Client
  private readonly notices: Notices
  /** null until the host has told it. */
  known = $state.raw<Library | null>(null)
  /** Why it is not known. */
  failure = $state<string | null>(null)
  /** The model that was asked for last, while that call is under way. */
  wanted = $state<ModelId | null>(null)

  /** Of the library and of what was found. */
  readonly models = $derived(this.known ? [...this.known.models, ...this.known.found] : [])
  /** The one that answers, or is being loaded. */
  readonly current = $derived(this.models.find(({ current }) => current) ?? null)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    client.on('models.changed', (library) => {
      this.known = library
      this.failure = null
    })
    client.on('models.progress', (download) => {
      this.progress(download)
    })
  }

  model(id: ModelId): LibraryModel | null {
    return this.models.find((model) => model.id === id) ?? null
  }

  /** The download of a repository that is not done. */
  downloadOf(repository: string): Download | null {
    return this.known?.downloads.find((one) => one.repository === repository && one.phase !== 'done') ?? null
  }

  async refresh(): Promise<void> {
    try {
      this.known = await this.client.call('models.list', {})
      this.failure = null
    } catch (error) {
      this.failure = sentence(error)
    }
  }

  async use(id: ModelId): Promise<boolean> {
    this.wanted = id
    const used = await this.notices.during(this.client.call('models.use', { id }))
    if (this.wanted === id) this.wanted = null
    return used
  }

  async add(folder: string): Promise<boolean> {
    return this.added(this.client.call('models.add', { folder }))
  }

  async pick(): Promise<boolean> {
    return this.added(this.client.call('models.pick', {}))
  }

  async download(repository: string, revision: string | null): Promise<boolean> {
    const asked = { repository, ...(revision !== null && { revision }) }
    return this.notices.during(
      this.client.call('models.download', asked).then((download) => {
        this.progress(download)
      }),
    )
  }

  async pause(id: number): Promise<void> {
    await this.notices.during(this.client.call('models.pause', { id }))
  }

  async resume(id: number): Promise<void> {
    await this.notices.during(this.client.call('models.resume', { id }))
  }

  async cancel(id: number): Promise<void> {
    await this.notices.during(this.client.call('models.cancel', { id }))
  }

  async delete(id: ModelId): Promise<boolean> {
    return this.notices.during(this.client.call('models.delete', { id }))
  }

  async show(id: ModelId): Promise<void> {
    await this.notices.during(this.client.call('models.show', { id }))
  }

  async setToken(token: string | null): Promise<boolean> {
    return this.notices.during(this.client.call('models.token', { token }))
  }

  async choosePrecision(id: ModelId, precision: PrecisionChoice | null): Promise<void> {
    await this.notices.during(this.client.call('models.precision', { id, precision }))
  }

  private async added(call: Promise<LibraryModel | null>): Promise<boolean> {
    let isAdded = false
    await this.notices.during(
      call.then((model) => {
        isAdded = model !== null
      }),
    )
    return isAdded
  }

  private progress(download: Download): void {
    if (!this.known) return
    const { downloads } = this.known
    const before = downloads.find(({ id }) => id === download.id)
    const rest = before ? downloads.map((one) => (one.id === download.id ? download : one)) : [...downloads, download]
    this.known = { ...this.known, downloads: rest }
    if (download.phase === 'done' && before?.phase !== 'done')
      this.notices.note(words().models.arrived(download.repository))
  }
}
