import { DepthwiseError } from '../../models/common/errors.ts'
import type { Repository } from '../../models/hub/address.ts'
import { endpointOf, parseRepository } from '../../models/hub/address.ts'
import type { HubClient } from '../../models/hub/client.ts'
import type { HubLimits } from '../../models/hub/limits.ts'
import { hubOfMachine } from '../../models/hub/machine.ts'
import { tokenOfMachine } from '../../models/hub/token.ts'
import type { Look } from '../../models/library/look.ts'
import { lookAt } from '../../models/library/look.ts'
import type { Library } from '../contract/models.ts'
import type { TokenStore } from './desktop.ts'
import type { Purpose } from '../contract/pages.ts'
import type { RequestLog } from './requests.ts'

export interface HubSetup {
  /** Default: this process's own. */
  environment?: NodeJS.ProcessEnv
  limits?: Partial<HubLimits>
}

/** A look is waited for by a person, a download is not. */
const LOOK_LIMITS = { stallMs: 15_000, backoffMs: [1_000, 3_000] }

/** How this app asks the Hub: with the token of a person or of the machine. Nothing is asked before a call. */
export class HubAccess {
  private readonly store: TokenStore | null
  private readonly version: string
  private readonly setup: HubSetup
  private readonly requests: RequestLog

  constructor(store: TokenStore | null, version: string, setup: HubSetup, requests: RequestLog) {
    this.store = store
    this.version = version
    this.setup = setup
    this.requests = requests
  }

  /**
   * A client whose requests are written down as being about `subject`, a repository.
   * @throws DepthwiseError HUB_REFUSED, BAD_ARGUMENT where the machine's set-up forbids it
   */
  client(purpose: Purpose, subject: string, limits: Partial<HubLimits> = {}): HubClient {
    const { environment, limits: own } = this.setup
    const watch = this.requests.watch(purpose, subject)
    return hubOfMachine(
      { version: this.version, token: this.stored(), limits: { ...limits, ...own }, watch },
      environment,
    )
  }

  /** @throws DepthwiseError BAD_ARGUMENT */
  parse(repository: string, revision: string | undefined): Repository {
    return parseRepository(repository, revision, endpointOf(this.setup.environment))
  }

  /** @throws DepthwiseError HUB_*, BAD_ARGUMENT, CANCELLED */
  look(repository: string, revision: string | undefined, signal: AbortSignal): Promise<Look> {
    const wanted = this.parse(repository, revision)
    return lookAt(this.client('look', wanted.name, LOOK_LIMITS), wanted, { signal })
  }

  /** @throws DepthwiseError BAD_ARGUMENT where there is no safe place for it */
  storeToken(token: string | null): void {
    if (this.store) this.store.write(token)
    else {
      throw new DepthwiseError(
        'BAD_ARGUMENT',
        'This Depthwise has no safe place for a token. Set HF_TOKEN instead, and start it again.',
      )
    }
  }

  get token(): Library['token'] {
    if (this.stored() !== null) return 'stored'
    return tokenOfMachine(this.setup.environment) === null ? 'none' : 'environment'
  }

  /** For show: an address that cannot be used is refused when it is needed. */
  get address(): string {
    const { environment = process.env } = this.setup
    try {
      return endpointOf(environment)
    } catch {
      return environment.HF_ENDPOINT ?? ''
    }
  }

  private stored(): string | null {
    return this.store?.read() ?? null
  }
}
