import type { CallParams } from '../../../electron/contract/calls.ts'
import type { Endpoint } from '../../../electron/contract/endpoint.ts'

/** An endpoint that listens where it is told to, and fails where a test says so. */
export class FakeEndpoint {
  private value: Endpoint = {
    on: false,
    port: 8127,
    token: 'dw-first',
    origins: [],
    address: null,
    listening: [],
    failure: null,
    answering: 0,
  }
  private readonly changed: (endpoint: Endpoint) => void
  private readonly taken: readonly number[]

  /** @param taken ports that cannot be had */
  constructor(changed: (endpoint: Endpoint) => void, taken: readonly number[] = []) {
    this.changed = changed
    this.taken = taken
  }

  run(call: 'endpoint.read' | 'endpoint.change' | 'endpoint.newToken', params: unknown): Endpoint {
    if (call === 'endpoint.newToken') this.set({ token: 'dw-second' })
    if (call === 'endpoint.change') this.change(params as CallParams<'endpoint.change'>)
    return this.value
  }

  private change({
    on = this.value.on,
    port = this.value.port,
    origins = this.value.origins,
  }: CallParams<'endpoint.change'>): void {
    this.set({ on, port, origins, address: null, listening: [], failure: null })
    setTimeout(() => {
      if (on && this.taken.includes(port))
        this.set({ failure: { code: 'BUSY', message: `Port ${port} cannot be used: another program listens there.` } })
      else if (on) {
        const listening = [`127.0.0.1:${port}`, `[::1]:${port}`]
        this.set({ address: `http://127.0.0.1:${port}/v1`, listening })
      }
    }, 20)
  }

  private set(part: Partial<Endpoint>): void {
    this.value = { ...this.value, ...part }
    this.changed(this.value)
  }
}
