import type { TokenDetails } from '../../electron/contract/values.ts'
import type { Client } from '../connection/client.ts'

interface Part {
  messageId: number
  first: number
  details: readonly TokenDetails[]
}

/** So many parts are remembered, the latest. */
const REMEMBERED = 32

/** What decided about tokens that were looked at; the host has the rest. */
export class KnownDetails {
  private readonly client: Client
  private parts = $state.raw<readonly Part[]>([])
  /** What is being asked for. */
  private asking: readonly string[] = []

  constructor(client: Client) {
    this.client = client
  }

  /** null where there is nothing to be known; undefined as long as that is not known here. */
  of(messageId: number, token: number): TokenDetails | null | undefined {
    const part = this.parts.find((one) => covers(one, messageId, token))
    return part && (part.details[token - part.first] ?? null)
  }

  /** Sees to it that it is known. Where the link is lost, the next look asks again. */
  async look(messageId: number, token: number): Promise<void> {
    const name = `${messageId}.${token}`
    if (this.asking.includes(name) || this.of(messageId, token) !== undefined) return
    this.asking = [...this.asking, name]
    try {
      const part = { messageId, ...(await this.client.call('message.tokenDetails', { messageId, token })) }
      const others = this.parts.filter((one) => one.messageId !== messageId || one.first !== part.first)
      this.parts = [part, ...others].slice(0, REMEMBERED)
    } catch {
      // said elsewhere: without a link nothing can be asked
    } finally {
      this.asking = this.asking.filter((other) => other !== name)
    }
  }
}

/** An empty part is about one token, of which nothing is known. */
function covers({ messageId, first, details }: Part, of: number, token: number): boolean {
  return messageId === of && token >= first && token < first + Math.max(1, details.length)
}
