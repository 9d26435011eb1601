import type { Command } from '../contract/engine.ts'

/** A running engine process, however it was started. */
export interface EngineChannel {
  send(command: Command): void
  onMessage(receive: (message: unknown) => void): void
  /** Called once, with what is known of the cause ("exit code 1", "signal SIGKILL"). */
  onExit(ended: (cause: string) => void): void
  /** At once and without asking. */
  kill(): void
}
