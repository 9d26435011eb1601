import type { Endpoint } from '../contract/endpoint.ts'
import type { Conversation, EngineStatus, Message, Settings } from '../contract/values.ts'
import type { Receive } from './clients.ts'

/** One window or page. */
export interface HostLink {
  /** Takes a frame of the window; the reply comes through the function given to `connect`. */
  accept(frame: unknown): void
  close(): void
}

/** An answer that has ended, and what a person wants to be told of such. */
export interface Answered {
  conversation: Conversation
  message: Message
  notifications: Settings['notifications']
}

/** What windows talk to. Free of Electron. */
export interface Host {
  connect(receive: Receive): HostLink
  engineStatus(): EngineStatus
  /** Shows the page of models for a `depthwise://` link; nothing is downloaded by it. */
  openLink(link: string): void
  /** Shows a new conversation. */
  newChat(): void
  /** The endpoint, once it listens, has failed to or is off. */
  endpoint(): Promise<Endpoint>
  /** Calls `tell` with every answer that ends. */
  onAnswered(tell: (answered: Answered) => void): void
  /** Calls `tell` with the language of the settings now, and whenever that changes. */
  onLanguage(tell: (language: Settings['language']) => void): void
  /** A graphics device does not survive the sleep of the machine. */
  wokeUp(): void
  /** Keeps what answers have so far, ends the engine and closes the history. */
  close(): Promise<void>
}
