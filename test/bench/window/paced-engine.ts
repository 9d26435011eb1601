import type { Command, EngineEvent } from '../../../electron/contract/engine.ts'
import { ENGINE_PROTOCOL } from '../../../electron/contract/engine.ts'
import type { EngineChannel } from '../../../electron/host/channel.ts'
import { LOADED } from '../../host/samples.ts'

/** As the engine sends them (service.ts). */
const BATCH_MS = 50
const PARAGRAPH =
  'The **light** of a lighthouse is told by its _rhythm_: every station has one of its own, kept in a list that a ship carries. On a clear night it is seen from `twenty` miles away.'
const LIST = ['- a list has its own lines', '- which are short', '- and many'].join('\n')
/** Words that come again and again: what an answer looks like. */
const WORDS = `${PARAGRAPH}\n\n${LIST}\n\n`.split(/(?<= )|(?<=\n)/)

/** An engine that writes so many tokens a second, whatever the machine, until it is stopped. */
export class PacedEngine implements EngineChannel {
  private readonly perSecond: number
  private receive: (message: unknown) => void = () => undefined
  private ended: (cause: string) => void = () => undefined
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(perSecond: number) {
    this.perSecond = perSecond
    setImmediate(() => {
      this.say({ type: 'hello', protocol: ENGINE_PROTOCOL })
    })
  }

  onMessage(receive: (message: unknown) => void): void {
    this.receive = receive
  }

  onExit(ended: (cause: string) => void): void {
    this.ended = ended
  }

  send(command: Command): void {
    if (command.type === 'load') this.say({ ...LOADED, model: { ...LOADED.model, contextLength: 100_000 } })
    if (command.type === 'generate') this.write(command.id)
    if (command.type === 'ping') this.say({ type: 'pong', nonce: command.nonce })
    if (command.type === 'shutdown') this.kill()
  }

  kill(): void {
    clearInterval(this.timer)
    this.ended('exit code 0')
  }

  private write(id: number): void {
    this.say({ type: 'prefill', id, done: 5, total: 5 })
    const begun = performance.now()
    let first = 0
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begun) / 1000) * this.perSecond)
      if (due === first) return
      const tokens = Array.from({ length: due - first }, (_, i) => ({
        text: WORDS[(first + i) % WORDS.length]!,
        depth: 1 + ((first + i) % 3),
        budget: 50,
      }))
      const readings = { tokensPerSecond: this.perSecond, meanDepth: 2, budgetAsked: 50, budgetRealised: 50 }
      this.say({ type: 'tokens', id, first, tokens, readings })
      first = due
    }, BATCH_MS)
  }

  private say(event: EngineEvent): void {
    this.receive(event)
  }
}
