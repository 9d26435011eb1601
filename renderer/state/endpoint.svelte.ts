import type { CallParams } from '../../electron/contract/calls.ts'
import type { Endpoint } from '../../electron/contract/endpoint.ts'
import type { Client } from '../connection/client.ts'
import type { Notices } from './notices.svelte.ts'

/** The endpoint for other programs, as the host tells it. */
export class EndpointState {
  private readonly client: Client
  private readonly notices: Notices
  /** null until it has been asked for. */
  value = $state.raw<Endpoint | null>(null)

  constructor(client: Client, notices: Notices) {
    this.client = client
    this.notices = notices
    client.on('endpoint.changed', (endpoint) => (this.value = endpoint))
  }

  async refresh(): Promise<void> {
    await this.take(this.client.call('endpoint.read', {}))
  }

  /** @returns whether the host has taken it; what comes of it is told later */
  async change(part: CallParams<'endpoint.change'>): Promise<boolean> {
    return this.take(this.client.call('endpoint.change', part))
  }

  async newToken(): Promise<void> {
    await this.take(this.client.call('endpoint.newToken', {}))
  }

  private take(answer: Promise<Endpoint>): Promise<boolean> {
    return this.notices.during(answer.then((endpoint) => (this.value = endpoint)))
  }
}
