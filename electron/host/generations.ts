import type { Failure } from '../../models/common/errors.ts'
import { DepthwiseError, toFailure } from '../../models/common/errors.ts'
import type { Phase, Readings, Summary, Token } from '../../models/common/values.ts'
import type { Command } from '../contract/engine.ts'
import type { Limits } from './limits.ts'
import type { GenerationEvent, Supervisor } from './supervisor.ts'

/** What the engine is asked for; `budget` in percent. */
export type GenerationRequest = Omit<Extract<Command, { type: 'generate' }>, 'type' | 'id'>

/** How a generation ended: as the engine tells it, or broken off. */
export type GenerationEnd =
  { status: 'finished'; summary: Summary } | { status: 'stopped' | 'interrupted' | 'error'; failure: Failure | null }

/** One thing to generate, and who hears of it. */
export interface Task {
  /**
   * Asked for when an engine with a model is there; again where that engine went away before it began. An error that it
   * throws ends the generation with `error`.
   */
  request(): GenerationRequest
  /** Tokens of the prompt that are read. */
  prefill(done: number, total: number): void
  /** So many of the oldest turns are not read. */
  leftOut?(turns: number): void
  tokens(tokens: Token[], readings: Readings): void
  /** `budget` is in force from token `token` on; `phase`: it is the thought's own. */
  budgetApplied(token: number, budget: number, phase?: 'thought'): void
  /** The thought goes in circles. */
  circling?(token: number): void
  /** The last that is heard. */
  ended(end: GenerationEnd): void
}

interface Run {
  task: Task
  /** waiting: for an engine; asked: that engine has said nothing of it, as it writes others; begun: it has. */
  phase: 'waiting' | 'asked' | 'begun'
  stopping: boolean
  /** Until it counts as one that cannot be stopped. */
  patience: NodeJS.Timeout | undefined
}

/** Generations under way, any number of them, whatever becomes of the engine. How many run at once the engine decides. */
export class Generations {
  private readonly engine: Pick<Supervisor, 'send' | 'kill' | 'status'>
  private readonly stopMs: number
  private readonly onEnd: () => void
  private readonly runs = new Map<number, Run>()
  private lastId = 0

  /** @param onEnd told after each generation's end */
  constructor(
    engine: Pick<Supervisor, 'send' | 'kill' | 'status'>,
    { stopMs }: Pick<Limits, 'stopMs'>,
    onEnd: () => void = () => undefined,
  ) {
    this.engine = engine
    this.stopMs = stopMs
    this.onEnd = onEnd
  }

  /** Under way or waiting. */
  get count(): number {
    return this.runs.size
  }

  /** For what would take the engine from under them. @throws DepthwiseError BUSY while there is any */
  expectNone(): void {
    if (this.runs.size > 0) {
      throw new DepthwiseError('BUSY', 'An answer is still being written. Wait for its end, or stop it first.')
    }
  }

  /** Nothing is heard of it before this call's caller has returned. @returns the id of the generation */
  begin(task: Task): number {
    const id = ++this.lastId
    this.runs.set(id, { task, phase: 'waiting', stopping: false, patience: undefined })
    setImmediate(() => {
      if (this.engine.status.phase === 'ready') this.ask(id)
    })
    return id
  }

  hasBegun(id: number): boolean {
    return this.runs.get(id)?.phase === 'begun'
  }

  /** Ends it at once where no engine has been asked yet. Does nothing where it has ended. */
  stop(id: number): void {
    const run = this.runs.get(id)
    if (!run || run.stopping) return
    if (run.phase === 'waiting') {
      this.end(id, { status: 'stopped', failure: null })
      return
    }
    run.stopping = true
    this.engine.send({ type: 'stop', id })
    run.patience = setTimeout(() => {
      this.killEngine()
    }, this.stopMs)
  }

  /** Tells the engine, where that has been asked already: before, it is for `request` to say. */
  changeBudget(id: number, budget: number, phase?: Phase): void {
    const run = this.runs.get(id)
    if (run && run.phase !== 'waiting') this.engine.send({ type: 'budget', id, budget, ...(phase && { phase }) })
  }

  /** Does nothing where no engine has been asked yet. */
  endThought(id: number): void {
    const run = this.runs.get(id)
    if (run && run.phase !== 'waiting') this.engine.send({ type: 'endThought', id })
  }

  engineReady(): void {
    for (const id of this.runs.keys()) this.ask(id)
  }

  /** The process went away. What it had not begun waits for the next one. */
  engineGone(failure: Failure): void {
    for (const [id, run] of this.runs) {
      clearTimeout(run.patience)
      if (run.stopping) this.end(id, { status: 'stopped', failure: null })
      else if (run.phase === 'begun') this.end(id, { status: 'interrupted', failure })
      else run.phase = 'waiting'
    }
  }

  /** There is no next one. */
  engineFailed(failure: Failure): void {
    this.endAll('error', failure)
  }

  hostCloses(): void {
    this.endAll('interrupted', {
      code: 'ENGINE_STOPPED',
      message: 'Depthwise was closed before this answer was complete. What had been written was kept.',
    })
  }

  receive(event: GenerationEvent): void {
    const run = this.runs.get(event.id)
    if (!run || run.phase === 'waiting') return
    switch (event.type) {
      case 'prefill':
        run.phase = 'begun'
        run.task.prefill(event.done, event.total)
        return
      case 'tokens':
        run.phase = 'begun'
        run.task.tokens(event.tokens, event.readings)
        return
      case 'budgetApplied':
        run.task.budgetApplied(event.token, event.budget, event.phase)
        return
      case 'leftOut':
        run.task.leftOut?.(event.turns)
        return
      case 'circling':
        run.task.circling?.(event.token)
        return
      case 'finished':
        this.end(event.id, { status: 'finished', summary: event.summary })
        return
      case 'generationFailed':
        this.end(event.id, { status: 'error', failure: event.failure })
    }
  }

  private ask(id: number): void {
    const run = this.runs.get(id)
    if (run?.phase !== 'waiting') return
    try {
      const request = run.task.request()
      run.phase = 'asked'
      this.engine.send({ type: 'generate', id, ...request })
    } catch (error) {
      this.end(id, { status: 'error', failure: toFailure(error) })
    }
  }

  private killEngine(): void {
    for (const { patience } of this.runs.values()) clearTimeout(patience)
    this.engine.kill('it did not stop when asked to')
  }

  private endAll(status: 'interrupted' | 'error', failure: Failure): void {
    for (const id of this.runs.keys()) this.end(id, { status, failure })
  }

  private end(id: number, end: GenerationEnd): void {
    const run = this.runs.get(id)!
    clearTimeout(run.patience)
    this.runs.delete(id)
    run.task.ended(end)
    this.onEnd()
  }
}
