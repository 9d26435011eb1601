import type { EventData, EventName } from '../contract/calls.ts'
import type { HostFrame } from '../contract/frames.ts'

export type Receive = (frame: HostFrame) => void

/** All windows and pages that are connected; each gets every event. */
export class Clients {
  private readonly receivers = new Set<Receive>()
  private readonly overhearing: ((event: EventName, data: unknown) => void)[] = []

  add(receive: Receive): () => void {
    this.receivers.add(receive)
    return () => this.receivers.delete(receive)
  }

  /** Hears of one event too, without being a window. */
  overhear<N extends EventName>(event: N, hear: (data: EventData<N>) => void): void {
    this.overhearing.push((name, data) => {
      if (name === event) hear(data as EventData<N>)
    })
  }

  announce<N extends EventName>(event: N, data: EventData<N>): void {
    for (const receive of this.receivers) receive({ event, data })
    for (const hear of this.overhearing) hear(event, data)
  }

  get count(): number {
    return this.receivers.size
  }

  clear(): void {
    this.receivers.clear()
  }
}
