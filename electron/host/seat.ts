import type { ModelId } from '../contract/models.ts'
import type { EngineStatus } from '../contract/values.ts'
import { Generations } from './generations.ts'
import type { Limits } from './limits.ts'
import type { OwnSettings } from './settings.ts'
import type { SupervisorOptions } from './supervisor.ts'
import { Supervisor } from './supervisor.ts'

type Hearing = Pick<SupervisorOptions, 'spawn' | 'load' | 'nameOf' | 'log'> & {
  limits: Limits
  onStatus: (status: EngineStatus) => void
  onCounted: NonNullable<SupervisorOptions['onCounted']>
  onGone: () => void
  /** A generation has ended. */
  onEnd: () => void
}

/** An engine process with one model in it, and what is being generated there. */
export class Seat {
  /** null: the app's model, whichever the settings name. */
  readonly modelId: ModelId | null
  readonly engine: Supervisor
  /** Generations that begin before the engine has its model wait for it. */
  readonly generations: Generations

  constructor(modelId: ModelId | null, hearing: Hearing) {
    this.modelId = modelId
    const engine: Supervisor = new Supervisor({
      ...hearing,
      onStatus: (status) => {
        hearing.onStatus(status)
        if (status.phase === 'ready') this.generations.engineReady()
        if (status.failure) this.generations.engineFailed(status.failure)
      },
      onGeneration: (event) => {
        this.generations.receive(event)
      },
      onGone: (failure) => {
        hearing.onGone()
        this.generations.engineGone(failure)
      },
    })
    this.engine = engine
    this.generations = new Generations(engine, hearing.limits, hearing.onEnd)
  }

  get status(): EngineStatus {
    return this.engine.status
  }

  /** Of the model in it; null before one was loaded. */
  get own(): OwnSettings | null {
    return this.engine.own
  }

  /** Nothing is being generated, and nothing waits. */
  get idle(): boolean {
    return this.generations.count === 0
  }
}
