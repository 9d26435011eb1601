import type { About, SentRequest } from '../../electron/contract/pages.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

/** What the pages of help show of the host. */
export class Help {
  private readonly client: Client
  private readonly notices: Notices
  about = $state.raw<About | null>(null)
  /** Requests that left this machine, newest first; null until they have been told. */
  requests = $state.raw<readonly SentRequest[] | null>(null)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
  }

  async readAbout(): Promise<void> {
    await this.notices.during(this.client.call('app.about', {}).then((about) => (this.about = about)))
  }

  async readRequests(): Promise<void> {
    await this.notices.during(this.client.call('requests.list', {}).then((all) => (this.requests = all)))
  }

  async clearRequests(): Promise<void> {
    if (await this.notices.during(this.client.call('requests.clear', {}))) await this.readRequests()
  }
}
