import type { Sampling } from '../../models/common/values.ts'

export type NumberKey = Exclude<keyof Sampling, 'stop'>

/** The numbers that an answer's words are chosen with, in the order in which they are shown. */
export const NUMBER_KEYS: readonly NumberKey[] = [
  'temperature',
  'topK',
  'topP',
  'minP',
  'repetitionPenalty',
  'maxTokens',
]
