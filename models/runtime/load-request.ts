import type { Precision, ProviderChoice } from '../common/values.ts'

/** Which model is to be loaded, and how. */
export interface LoadRequest {
  modelFolder: string
  cacheFolder: string
  precision: Precision
  provider: ProviderChoice
  /** Over the fields of config.json. */
  settings?: Readonly<Record<string, unknown>>
  /** Ends preparing, with its reason thrown. */
  signal?: AbortSignal
}
