import type { ErrorCode } from '../../models/common/errors.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { Look, RepositoryRequest } from '../../electron/contract/models.ts'
import type { Client } from '../connection/client.ts'
import { sentence } from './notices.svelte.ts'

type Result =
  | { phase: 'none' }
  | { phase: 'looking' }
  | { phase: 'found'; look: Look }
  | { phase: 'failed'; code: ErrorCode | null; message: string }

/** A repository of the Hub that a person asks about, and what the Hub said of it. */
export class Lookup {
  private readonly client: Client
  private asked = 0
  /** What stands in the fields. */
  repository = $state('')
  revision = $state('')
  result = $state.raw<Result>({ phase: 'none' })

  constructor(client: Client) {
    this.client = client
  }

  /** Fills the fields in; asks nothing. */
  fill({ repository, revision }: RepositoryRequest): void {
    this.repository = repository
    this.revision = revision ?? ''
    this.forget()
  }

  /** What was found is not about what stands in the fields any more. */
  forget(): void {
    this.asked += 1
    this.result = { phase: 'none' }
  }

  async look(): Promise<void> {
    const repository = this.repository.trim()
    if (repository === '') return
    const revision = this.revision.trim()
    const turn = ++this.asked
    this.result = { phase: 'looking' }
    const result = await this.client
      .call('models.look', { repository, ...(revision !== '' && { revision }) })
      .then((look): Result => ({ phase: 'found', look }))
      .catch((error: unknown): Result => ({
        phase: 'failed',
        code: error instanceof DepthwiseError ? error.code : null,
        message: sentence(error),
      }))
    if (turn === this.asked) this.result = result
  }
}
