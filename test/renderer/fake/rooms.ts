import type { CallName } from '../../../electron/contract/calls.ts'
import { COMPARE_CALLS } from '../../../electron/contract/compare.ts'
import { ORGANISING_CALLS } from '../../../electron/contract/organising.ts'
import type { SentRequest } from '../../../electron/contract/pages.ts'
import { PORTABLE_CALLS } from '../../../electron/contract/portable.ts'
import type { FakeCompare } from './compare.ts'
import type { FakeContext } from './context.ts'
import { FakeEndpoint } from './endpoint.ts'
import type { FakeLibrary } from './library.ts'
import type { Params } from './options.ts'
import type { FakeOrganising } from './organising.ts'
import type { FakeTuning } from './tuning.ts'

interface Parts {
  readonly compare: FakeCompare
  readonly context: FakeContext
  readonly library: FakeLibrary
  readonly organising: FakeOrganising
  readonly tuning: FakeTuning
  emit(event: 'endpoint.changed', endpoint: Parameters<ConstructorParameters<typeof FakeEndpoint>[0]>[0]): void
}

/** The calls that are not about answers, each to the part of the fake host that knows of it. */
export class FakeRooms {
  private readonly parts: Parts
  private readonly endpoint: FakeEndpoint
  private requests: SentRequest[]

  constructor(parts: Parts, requests: SentRequest[]) {
    this.parts = parts
    this.requests = requests
    this.endpoint = new FakeEndpoint(
      (endpoint) => {
        parts.emit('endpoint.changed', endpoint)
      },
      [80],
    )
  }

  run(call: CallName, params: Params): unknown {
    const { compare, context, library, organising, tuning } = this.parts
    switch (call) {
      case 'app.about':
        return { version: '0.1.0', node: '24.21.0', electron: '42.0.0', chromium: '148.0.0.0', platform: 'linux x64' }
      case 'requests.list':
        return this.requests
      case 'requests.clear':
        this.requests = []
        return null
      case 'endpoint.read':
      case 'endpoint.change':
      case 'endpoint.newToken':
        return this.endpoint.run(call, params)
      case 'draft.list':
        return context.list()
      case 'draft.write':
        return context.write(params.conversationId, params.text, params.attachments)
      case 'draft.settings':
      case 'draft.configure':
      case 'draft.model':
      case 'draft.chooseModel':
      case 'attachment.add':
      case 'attachment.read':
        return context.run(call, params)
      default:
        if (call.startsWith('tuning.')) return tuning.run(call, params)
        if (Object.hasOwn(COMPARE_CALLS, call))
          return compare.run(call, params as unknown as Parameters<FakeCompare['run']>[1])
        if (Object.hasOwn({ ...ORGANISING_CALLS, ...PORTABLE_CALLS }, call))
          return organising.run(
            call as Parameters<FakeOrganising['run']>[0],
            params as unknown as Parameters<FakeOrganising['run']>[1],
          )
        return library.run(call, params as unknown as Parameters<FakeLibrary['run']>[1])
    }
  }
}
