import type { Handlers } from './dispatcher.ts'
import type { Watch } from '../../models/hub/client.ts'
import type { Purpose, SentRequest } from '../contract/pages.ts'
import type { Requests } from '../history/requests.ts'

/** Longer paths are cut: they only show what was asked for. */
const MOST_PATH = 400

/** Writes down every request to the Hub before it leaves. A list that cannot be written stops no download. */
export class RequestLog {
  private readonly kept: Requests
  private readonly log: (line: string) => void

  constructor(kept: Requests, log: (line: string) => void) {
    this.kept = kept
    this.log = log
  }

  /** For a client whose requests are all about one thing. */
  watch(purpose: Purpose, subject: string): Watch {
    return ({ host, pathname }) => {
      const path = pathname.slice(0, MOST_PATH)
      const id = this.attempt(() => this.kept.add({ at: Date.now(), host, path, purpose, subject }))
      return (status, bytes) => {
        if (id !== null)
          this.attempt(() => {
            this.kept.end(id, status, bytes)
          })
      }
    }
  }

  list(): SentRequest[] {
    return this.kept.list()
  }

  clear(): void {
    this.kept.clear()
  }

  private attempt<T>(work: () => T): T | null {
    try {
      return work()
    } catch (error) {
      this.log(`A request could not be written down: ${String(error)}`)
      return null
    }
  }
}

/** The calls about what left the machine. */
export function requestHandlers(requests: RequestLog): Pick<Handlers, 'requests.list' | 'requests.clear'> {
  return {
    'requests.list': () => requests.list(),
    'requests.clear': () => {
      requests.clear()
      return null
    },
  }
}
