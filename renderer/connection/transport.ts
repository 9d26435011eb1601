import { words } from '../language/language.svelte.ts'

export type Link =
  | { phase: 'connecting' }
  | { phase: 'open' }
  /** `retryAt`: when the next try begins, in milliseconds since 1970. `failures`: tries in a row without success. */
  | { phase: 'lost'; retryAt: number; failures: number }

/** A way to the host that carries JSON-compatible frames. */
export interface Transport {
  /** Throws while the link is not open. */
  send(frame: unknown): void
  listen(receive: (frame: unknown) => void): void
  /** Tells the present state at once, then every change. */
  watch(observe: (link: Link) => void): void
  /** Tries again now instead of at `retryAt`. */
  retry(): void
}

export class ConnectionLost extends Error {
  constructor() {
    super(words().state.connectionLost)
    this.name = 'ConnectionLost'
  }
}
