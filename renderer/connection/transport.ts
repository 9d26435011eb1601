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

/** A call came to nothing as the link is not open. What is said of it: state/notices. */
export class ConnectionLost extends Error {
  constructor() {
    super('ConnectionLost')
    this.name = 'ConnectionLost'
  }
}

/** The reply to a call is not of its schema. What is said of it: state/notices. */
export class Misread extends Error {
  readonly call: string
  readonly detail: string

  /** @param detail which part of the reply is wrong */
  constructor(call: string, detail: string) {
    super(`${call}: ${detail}`)
    this.name = 'Misread'
    this.call = call
    this.detail = detail
  }
}
