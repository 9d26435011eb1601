import { DepthwiseError } from '../../models/common/errors.ts'
import { Random } from '../fuzz/random.ts'
import { ChatHost } from './chat-host.ts'

const QUESTIONS = [
  'Do you like dogs?',
  'Tell me a joke.',
  'What do you do at night?',
  'Who are you?',
  'Tell me about the sea.',
]
/** What was measured until then is warm-up: heaps that grow to their size, caches that fill. */
const WARM_UP_SHARE = 0.2
const MEASURED_EVERY = 25
const TURNS_OF_A_CONVERSATION = 6

export interface Hours {
  answers: number
  /** Answers that did not become complete and were not stopped on purpose. */
  failed: string[]
  /** Bytes that are held behind a collection of garbage: the least of the first and of the last fifth after the warm-up. */
  host: { first: number; last: number }
  engine: { first: number; last: number }
}

/** A conversation after another, with budgets, stops, other answers and deletions drawn from the seed, until the time is over. */
export async function hours(
  folder: string,
  seed: number,
  milliseconds: number,
  told: (answers: number, memory: { host: number; engine: number }) => void = () => undefined,
): Promise<Hours> {
  const host = await ChatHost.start(folder)
  const measured: { at: number; host: number; engine: number }[] = []
  const outcome: Hours = { answers: 0, failed: [], host: { first: 0, last: 0 }, engine: { first: 0, last: 0 } }
  try {
    await ready(host)
    const begin = performance.now()
    const talk = new Talk(host, new Random(seed, 0))
    while (performance.now() - begin < milliseconds) {
      const failure = await talk.turn()
      outcome.answers++
      if (failure !== null) outcome.failed.push(failure)
      if (outcome.answers % MEASURED_EVERY !== 0) continue
      const memory = await host.memory()
      measured.push({ at: performance.now() - begin, ...memory })
      told(outcome.answers, memory)
    }
  } finally {
    await host.close()
  }
  const warm = measured.filter(({ at }) => at >= WARM_UP_SHARE * milliseconds)
  for (const process of ['host', 'engine'] as const) outcome[process] = ends(warm.map((each) => each[process]))
  return outcome
}

async function ready({ client }: ChatHost): Promise<void> {
  for (;;) {
    const { engine } = await client.call('app.state', {})
    if (engine.phase === 'ready') return
    if (engine.failure) throw new Error(engine.failure.message)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What a person does who goes on and on. */
class Talk {
  private readonly host: ChatHost
  private readonly random: Random
  private conversation: number | null = null
  private last: number | null = null
  private turns = 0

  constructor(host: ChatHost, random: Random) {
    this.host = host
    this.random = random
  }

  /** @returns what went wrong, or null */
  async turn(): Promise<string | null> {
    const { client } = this.host
    const budget = this.random.pick([0, 25, 50, 100])
    const again = this.last !== null && this.random.chance(0.2)
    const asked = again ? client.call('chat.regenerate', { messageId: this.last!, budget }) : this.send(budget)
    const begun = await asked.catch(fullContext)
    if (!begun) {
      await this.leave()
      return this.turn()
    }
    const { answer } = begun
    this.last = answer.id
    const stops = this.random.chance(0.1)
    if (this.random.chance(0.3))
      void client.call('chat.budget', { messageId: answer.id, budget: 100 }).catch(() => undefined)
    if (stops) void client.call('chat.stop', { messageId: answer.id }).catch(() => undefined)
    const { status } = await this.end(answer.id)
    const good = status === 'complete' || (stops && status === 'stopped')
    if (++this.turns >= TURNS_OF_A_CONVERSATION) await this.leave()
    return good ? null : `answer ${answer.id}: ${status}`
  }

  private async send(budget: number): Promise<{ answer: { id: number } }> {
    const text = this.random.pick(QUESTIONS)
    const sent = await this.host.client.call('chat.send', {
      conversationId: this.conversation,
      parentId: this.last,
      text,
      budget,
    })
    this.conversation ??= sent.conversation!.id
    return sent
  }

  private async end(id: number): Promise<{ status: string }> {
    for (;;) {
      const { messages } = await this.host.client.call('conversation.read', { id: this.conversation! })
      const message = messages.find((each) => each.id === id)
      if (message && message.status !== 'streaming') return message
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  private async leave(): Promise<void> {
    if (this.random.chance(0.5)) await this.host.client.call('conversation.delete', { id: this.conversation! })
    this.conversation = null
    this.last = null
    this.turns = 0
  }
}

/** What a person is told of then is no failure: they begin anew. */
function fullContext(error: unknown): null {
  if (error instanceof DepthwiseError && error.code === 'CONTEXT_FULL') return null
  throw error
}

/** The least of each: a prompt that is being tokenised, or a file being written, is not held. */
function ends(values: readonly number[]): { first: number; last: number } {
  if (values.length === 0) return { first: 0, last: 0 }
  const fifth = Math.max(1, Math.floor(values.length / 5))
  return { first: Math.min(...values.slice(0, fifth)), last: Math.min(...values.slice(-fifth)) }
}
