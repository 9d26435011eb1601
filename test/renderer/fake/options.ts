import type { SentRequest } from '../../../electron/contract/pages.ts'
import type { Library } from '../../../electron/contract/models.ts'
import type { EngineStatus, Overflow, Settings } from '../../../electron/contract/values.ts'
import type { Pace } from './writer.ts'

export interface FakeOptions {
  engine?: EngineStatus
  settings?: Partial<Settings>
  notices?: string[]
  /** Whether it runs on a battery; null: it cannot tell. */
  onBattery?: boolean | null
  pace?: Pace
  /** At which token an answer fails. */
  failAt?: number
  library?: Library
  requests?: SentRequest[]
  /** Whether loss and speed along the slider are known. */
  measured?: boolean
  /** At which token of a thought it is said to go in circles. */
  circlesAt?: number
  /** What it answers, rather than one of its own. */
  answer?: string
}

/** What calls have, whichever it is. */
export interface Params {
  modelId?: string | null
  provider: Settings['provider']
  id: number
  title: string
  search?: string
  leafId: number
  conversationId: number | null
  overflow: Overflow
  parentId: number | null
  messageId: number
  token: number
  text: string
  settings?: unknown
  terms: string[]
  messageIds: number[]
  name: string
  attachments?: number[]
  budget: number
  phase?: 'thought' | 'answer'
  seed?: number
}
