import type { Command, EngineEvent } from '../contract/engine.ts'
import { DepthwiseError, toFailure } from '../../models/common/errors.ts'
import type { Engine } from '../../models/runtime/engine.ts'
import { Tuning } from './tuning.ts'

type TuneCommand = Extract<Command, { type: 'tune' }>

/** The measurement under way, if there is one. */
export class Tuner {
  private readonly emit: (event: EngineEvent) => void
  private readonly isBusy: () => boolean
  private running: { request: number; stopping: AbortController; done: Promise<void> } | null = null

  /** @param isBusy whether answers are under way, which go first */
  constructor(emit: (event: EngineEvent) => void, isBusy: () => boolean) {
    this.emit = emit
    this.isBusy = isBusy
  }

  begin({ request, text }: TuneCommand, engine: Engine | null): void {
    if (!engine || this.running) {
      const failure = engine
        ? new DepthwiseError('BUSY', 'A measurement is under way already.')
        : new DepthwiseError('ENGINE_NOT_READY', 'No model is loaded.')
      this.emit({ type: 'tuned', request, points: [], failure: toFailure(failure) })
      return
    }
    const stopping = new AbortController()
    const done = this.measure(engine, request, text, stopping.signal).finally(() => (this.running = null))
    this.running = { request, stopping, done }
  }

  /** Does nothing where it has ended. */
  stop(request: number): void {
    if (this.running?.request === request) this.running.stopping.abort()
  }

  /** Resolves when nothing of it uses the engine any more. */
  async end(): Promise<void> {
    this.running?.stopping.abort()
    await this.running?.done
  }

  private async measure(engine: Engine, request: number, text: string, signal: AbortSignal): Promise<void> {
    const tell = (told: { progress: number; paused: boolean; points: Tuning['curve'] }): void => {
      this.emit({ type: 'tuning', request, ...told })
    }
    const tuning = new Tuning(engine, text, { tell, signal, isBusy: this.isBusy })
    try {
      await tuning.measure()
      this.emit({ type: 'tuned', request, points: tuning.curve, failure: null })
    } catch (error) {
      const failure = signal.aborted ? null : toFailure(error)
      this.emit({ type: 'tuned', request, points: tuning.curve, failure })
    }
  }
}
