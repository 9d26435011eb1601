import type { Command, EngineEvent, PromptCount } from '../contract/engine.ts'
import { ENGINE_PROTOCOL } from '../contract/engine.ts'
import { DepthwiseError, toFailure } from '../../models/common/errors.ts'
import type { Pace, PaceMode, Summary, Token } from '../../models/common/values.ts'
import { DEFAULT_THINKING } from '../../models/common/values.ts'
import type { Asked } from '../../models/runtime/engine.ts'
import { Engine } from '../../models/runtime/engine.ts'
import type { Generation } from '../../models/runtime/generation.ts'
import type { Clock } from '../../models/runtime/pace/clock.ts'
import { MACHINE_CLOCK } from '../../models/runtime/pace/clock.ts'
import { Rests } from '../../models/runtime/pace/rests.ts'
import { readStarters } from '../../models/prepare/starters.ts'
import { Tuner } from './tuner.ts'

type LoadCommand = Extract<Command, { type: 'load' }>
type BudgetCommand = Extract<Command, { type: 'budget' }>
type CountCommand = Extract<Command, { type: 'count' }>
type PaceCommand = Extract<Command, { type: 'pace' }>
type GenerateCommand = Extract<Command, { type: 'generate' }>

/** Tokens are sent in batches at most this often: a fast model would flood the window otherwise. */
const BATCH_MS = 50

/** Generations that run at a time; others wait for one of them to end. */
const MOST_AT_ONCE = 8

/** A generation that was asked for: waiting for the model or for room, or under way. */
interface Job {
  command: GenerateCommand
  generation: Generation | null
  /** The budget in force, as it was told last. */
  toldBudget: number
  toldBy: PaceMode | null
  toldCircling: boolean
}

/** Of a generation that was stopped before it began. */
const NOTHING_WRITTEN: Summary = {
  finishReason: 'stopped',
  promptTokens: 0,
  tokens: 0,
  meanDepth: null,
  budgetRealised: null,
  tokensPerSecond: null,
  ttftMs: null,
}

/**
 * Loads one model after the other; answers are written side by side. `stop`, `budget`, `pace`, `endThought` and `ping` are heard
 * between any two runs of a graph.
 */
export class Service {
  private readonly emit: (event: EngineEvent) => void
  private engine: Engine | null = null
  /** Of the load under way. */
  private loading: AbortController | null = null
  private readonly jobs = new Map<number, Job>()
  private readonly running = new Set<Promise<void>>()
  private readonly tuner: Tuner
  /** Settles when everything asked for so far has been begun or carried out. */
  private queue: Promise<void> = Promise.resolve()
  private readonly clock: Clock
  private readonly rests: Rests

  constructor(emit: (event: EngineEvent) => void, clock: Clock = MACHINE_CLOCK) {
    this.emit = emit
    this.tuner = new Tuner(emit, () => this.jobs.size > 0)
    this.clock = clock
    this.rests = new Rests(clock)
  }

  hello(): void {
    this.emit({ type: 'hello', protocol: ENGINE_PROTOCOL })
  }

  handle(command: Command): void {
    switch (command.type) {
      case 'load':
        this.stopAll()
        this.enqueue(() => this.load(command))
        break
      case 'generate': {
        const job: Job = { command, generation: null, toldBudget: command.budget, toldBy: null, toldCircling: false }
        this.jobs.set(command.id, job)
        this.enqueue(() => this.begin(job))
        break
      }
      case 'budget':
        this.changeBudget(command)
        break
      case 'pace':
        this.changePace(command)
        break
      case 'endThought':
        this.endThought(command.id)
        break
      case 'stop':
        this.stop(command.id)
        break
      case 'count':
        this.count(command)
        break
      case 'tune':
        this.tuner.begin(command, this.engine)
        break
      case 'stopTuning':
        this.tuner.stop(command.request)
        break
      case 'ping':
        this.emit({ type: 'pong', nonce: command.nonce })
        break
      case 'cancelLoad':
        this.loading?.abort(new DepthwiseError('LOAD_CANCELLED', 'Loading was cancelled. No model is loaded.'))
        break
      case 'shutdown':
        process.exit(0)
    }
  }

  private enqueue(work: () => Promise<void>): void {
    this.queue = this.queue.then(work)
  }

  /** Begins an answer as soon as there is room for one more, unless it was stopped until then. */
  private async begin(job: Job): Promise<void> {
    while (this.isWanted(job) && this.running.size >= MOST_AT_ONCE) await Promise.race(this.running)
    if (!this.isWanted(job)) return
    const answer = this.generate(job).finally(() => this.running.delete(answer))
    this.running.add(answer)
  }

  private isWanted(job: Job): boolean {
    return this.jobs.get(job.command.id) === job
  }

  private async load(command: LoadCommand): Promise<void> {
    await Promise.all(this.running)
    await this.tuner.end()
    await this.engine?.release()
    this.engine = null
    const loading = new AbortController()
    this.loading = loading
    try {
      const { modelFolder, cacheFolder, precision, provider } = command
      const engine = await Engine.loadWorthwhile(
        { modelFolder, cacheFolder, precision, provider, signal: loading.signal },
        (phase, fraction) => {
          this.emit({ type: 'progress', phase, fraction })
        },
      )
      this.engine = engine
      const { sampling } = engine.model.plan
      this.emit({
        type: 'loaded',
        model: engine.info,
        device: engine.device,
        starters: readStarters(modelFolder),
        sampling,
      })
    } catch (error) {
      this.emit({ type: 'loadFailed', failure: toFailure(error) })
    } finally {
      this.loading = null
    }
  }

  private async generate(job: Job): Promise<void> {
    const { id, begun, sampling, seed, budget, likeliest, thinking, pace } = job.command
    try {
      if (!this.engine) throw new DepthwiseError('ENGINE_NOT_READY', 'No model is loaded.')
      const asked = this.askedOf(job.command, this.engine)
      const now = (): number => this.clock.now()
      const options = { likeliest, thinking, begun, pace, now }
      const generation = this.engine.generate(asked, sampling, seed, budget, options)
      job.generation = generation
      this.rests.set(id, restsAt(pace))
      await this.readPrompt(job, generation)
      await this.answer(job, generation)
      this.emit({ type: 'finished', id, summary: generation.summary() })
    } catch (error) {
      this.emit({ type: 'generationFailed', id, failure: toFailure(error) })
    } finally {
      this.jobs.delete(id)
      this.rests.set(id, null)
      if (job.generation) this.engine?.keep(job.generation)
    }
  }

  /** The conversation as far as it is read; says what is left out of it. */
  private askedOf({ id, turns, text, leftOut, sampling, thinking }: GenerateCommand, engine: Engine): Asked {
    if (leftOut === undefined) return text ?? turns
    const wanted = { text: text !== undefined, mostTokens: sampling.maxTokens, leftOut, thinking }
    const fitted = engine.fit(turns, wanted)
    if (fitted.leftOut > 0) this.emit({ type: 'leftOut', id, turns: fitted.leftOut })
    return fitted.asked
  }

  private count({ request, turns, text, maxTokens, leftOut, thinking }: CountCommand): void {
    const counts = (engine: Engine): PromptCount => {
      const isText = text !== undefined
      const { whole, newest } = engine.count(turns, isText, thinking)
      if (leftOut === undefined || turns.length === 0) return { whole, newest, read: whole, leftOut: 0 }
      const fitted = engine.fit(turns, { text: isText, mostTokens: maxTokens, leftOut, thinking })
      return { whole, newest, read: fitted.tokens, leftOut: fitted.leftOut }
    }
    try {
      this.emit({ type: 'counted', request, counts: this.engine && counts(this.engine) })
    } catch {
      // the next request for an answer is told why
      this.emit({ type: 'counted', request, counts: null })
    }
  }

  /** Says that it has begun before anything is computed: the host thereby knows what an end of this process cost. */
  private async readPrompt(job: Job, generation: Generation): Promise<void> {
    const { id } = job.command
    const tell = (): void => {
      this.emit({ type: 'prefill', id, done: generation.prefilled, total: generation.promptTokens })
    }
    tell()
    this.tellPhase(job, generation)
    for (let complete = false; !complete && !generation.finishReason;) {
      complete = await generation.prefill()
      tell()
    }
  }

  private async answer(job: Job, generation: Generation): Promise<void> {
    const { id } = job.command
    let batch: Token[] = []
    let first = 0
    let sentAt = 0
    const send = (): void => {
      if (batch.length === 0) return
      this.emit({ type: 'tokens', id, first, tokens: batch, readings: generation.readings() })
      first += batch.length
      batch = []
      sentAt = this.clock.now()
    }
    for (let token = await generation.next(); token; token = await generation.next()) {
      batch.push(token)
      this.tellPhase(job, generation)
      if (this.clock.now() - sentAt >= BATCH_MS) send()
      if (!generation.finishReason) await this.rests.rest(id)
    }
    send()
  }

  private changeBudget({ id, budget, phase }: BudgetCommand): void {
    const job = this.jobs.get(id)
    if (!job) return
    const { generation, command } = job
    if (generation) {
      const token = generation.setBudget(budget, phase)
      if (generation.budget.percent === budget && !generation.budget.by) this.tellBudget(job, generation, token)
      return
    }
    if (phase !== 'thought') command.budget = job.toldBudget = budget
    if (phase !== 'answer') {
      command.thinking = { ...(command.thinking ?? DEFAULT_THINKING), budget: phase === 'thought' ? budget : null }
    }
    if (phase !== 'thought') this.emit({ type: 'budgetApplied', id, token: 0, budget })
  }

  private changePace({ id, pace }: PaceCommand): void {
    const job = this.jobs.get(id)
    if (!job) return
    if (pace) job.command.pace = pace
    else delete job.command.pace
    if (!job.generation) return
    job.generation.setPace(pace)
    this.rests.set(id, restsAt(pace))
    this.tellPhase(job, job.generation)
  }

  private endThought(id: number): void {
    const job = this.jobs.get(id)
    if (!job?.generation?.endThought()) return
    const { acting, budget } = job.generation
    if (budget.percent !== job.toldBudget) this.tellBudget(job, job.generation, acting)
  }

  /** What has come with the last token, or with the beginning. */
  private tellPhase(job: Job, generation: Generation): void {
    const { percent, by } = generation.budget
    if (percent !== job.toldBudget || by !== job.toldBy) this.tellBudget(job, generation, generation.acting)
    if (generation.circling && !job.toldCircling) {
      job.toldCircling = true
      this.emit({ type: 'circling', id: job.command.id, token: generation.ids.length })
    }
  }

  private tellBudget(job: Job, { budget }: Generation, token: number): void {
    const { id } = job.command
    job.toldBudget = budget.percent
    job.toldBy = budget.by
    const phase = budget.ownOfThought ? ({ phase: 'thought' } as const) : {}
    this.emit({
      type: 'budgetApplied',
      id,
      token,
      budget: budget.percent,
      ...phase,
      ...(budget.by && { by: budget.by }),
    })
  }

  /** One that waits ends at once, whatever it waits for. */
  private stop(id: number): void {
    const job = this.jobs.get(id)
    if (!job) return
    if (job.generation) {
      job.generation.stop()
      this.rests.wake(id)
      return
    }
    this.jobs.delete(id)
    this.emit({ type: 'finished', id, summary: NOTHING_WRITTEN })
  }

  private stopAll(): void {
    for (const id of this.jobs.keys()) this.stop(id)
  }
}

/** Tokens per second, if its tokens are to come no faster. */
const restsAt = (pace: Pace | null | undefined): number | null => (pace?.mode === 'quiet' ? pace.atMost : null)
