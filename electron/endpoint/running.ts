import { DepthwiseError, fromFailure } from '../../models/common/errors.ts'
import type { Summary, Token } from '../../models/common/values.ts'
import type { EndpointServices } from '../host/endpoint.ts'
import type { GenerationEnd } from '../host/generations.ts'
import type { Asked } from './asked.ts'
import { requestOf } from './asked.ts'
import { notReady } from './errors.ts'
import { phaseOf } from './phase.ts'

/** Answers under way of this endpoint at most; the engine writes some of them, the others wait. */
const MOST_UNDER_WAY = 64

/** What is heard of an answer: it has begun to be read, some of its tokens. */
export type AnswerEvent = { type: 'reading' } | { type: 'tokens'; tokens: readonly Token[] }

/** Numbers of an answer; times in milliseconds, null before they are known. */
export interface Figures {
  promptTokens: number
  /** Of the prompt, kept of an earlier request. */
  cachedTokens: number
  promptMs: number
  tokens: number
  thoughtTokens: number
  summary: Summary | null
}

/** One answer under way. It is read once, with `for await`; an error ends that. */
export class RunningAnswer {
  readonly id: string
  /** Seconds since 1970. */
  readonly created = Math.floor(Date.now() / 1000)
  readonly figures: Figures = {
    promptTokens: 0,
    cachedTokens: 0,
    promptMs: 0,
    tokens: 0,
    thoughtTokens: 0,
    summary: null,
  }
  private readonly services: EndpointServices
  private readonly generationId: number
  /** In percent; null: that of the settings, when the engine asks. */
  private budget: number | null
  private readAt: number | null = null
  private readonly unheard: AnswerEvent[] = []
  private end: GenerationEnd | null = null
  private wake: () => void = () => undefined

  constructor(id: string, asked: Asked, services: EndpointServices, over: () => void) {
    this.id = id
    this.services = services
    this.budget = asked.budget
    this.generationId = services.generations.begin({
      request: () => {
        const settings = services.settings()
        return requestOf(asked, settings, this.budget ?? settings.budget)
      },
      prefill: (done, total) => {
        this.read(done, total)
      },
      tokens: (tokens) => {
        this.figures.tokens += tokens.length
        this.figures.thoughtTokens += tokens.filter((token) => phaseOf(token) === 'thought').length
        this.hear({ type: 'tokens', tokens })
      },
      budgetApplied: () => undefined,
      ended: (end) => {
        over()
        this.end = end
        this.wake()
      },
    })
  }

  /** Name of the model that writes it, or would. */
  get model(): string {
    return this.services.status().model?.name ?? ''
  }

  /** Goes from thought to answer. @returns whether there is a thought to end, or may be one to come */
  endThought(): boolean {
    const { tokens, thoughtTokens } = this.figures
    const mayThink = thoughtTokens > 0 || (this.services.status().model?.thinking.kind ?? 'none') !== 'none'
    if (!mayThink || tokens > thoughtTokens) return false
    this.services.generations.endThought(this.generationId)
    return true
  }

  /** Takes effect with the next token. */
  setBudget(budget: number): void {
    this.budget = budget
    this.services.generations.changeBudget(this.generationId, budget)
  }

  stop(): void {
    this.services.generations.stop(this.generationId)
  }

  /** @throws DepthwiseError of a generation that failed */
  async *[Symbol.asyncIterator](): AsyncGenerator<AnswerEvent, void> {
    for (;;) {
      const event = this.unheard.shift()
      if (event) yield event
      else if (this.end) break
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
    }
    if (this.end.status === 'finished') this.figures.summary = this.end.summary
    else if (this.end.failure) throw fromFailure(this.end.failure)
    else throw new DepthwiseError('ENGINE_STOPPED', 'The answer was stopped before its end.')
  }

  private read(done: number, total: number): void {
    const { figures } = this
    const now = performance.now()
    if (this.readAt === null) {
      this.readAt = now
      figures.promptTokens = total
      figures.cachedTokens = done
    }
    figures.promptMs = now - this.readAt
    this.hear({ type: 'reading' })
  }

  private hear(event: AnswerEvent): void {
    this.unheard.push(event)
    this.wake()
  }
}

/** All answers under way of one endpoint, by the id that clients know. */
export class RunningAnswers {
  private readonly services: EndpointServices
  private readonly byId = new Map<string, RunningAnswer>()

  constructor(services: EndpointServices) {
    this.services = services
  }

  /** @throws DepthwiseError ENGINE_NOT_READY where no model can be loaded, BUSY where too many are under way */
  begin(id: string, asked: Asked): RunningAnswer {
    const { failure } = this.services.status()
    if (failure) throw notReady(failure)
    if (this.byId.size >= MOST_UNDER_WAY)
      throw new DepthwiseError('BUSY', `${MOST_UNDER_WAY} answers are under way already. Try again in a while.`)
    const answer = new RunningAnswer(id, asked, this.services, () => {
      this.byId.delete(id)
      this.tell()
    })
    this.byId.set(id, answer)
    this.tell()
    return answer
  }

  find(id: string): RunningAnswer | undefined {
    return this.byId.get(id)
  }

  stopAll(): void {
    for (const answer of this.byId.values()) answer.stop()
  }

  private tell(): void {
    this.services.answering(this.byId.size)
  }
}
