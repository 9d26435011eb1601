import type { Sampling } from '../../models/common/values.ts'

export type NumberKey = Exclude<keyof Sampling, 'stop'>

interface NumberField {
  key: NumberKey
  label: string
  /** What the number does, and what raising and lowering it does. */
  does: string
  /** What is said where the schema refuses what was typed. */
  wrong: string
}

/** The numbers that an answer's words are chosen with, in the order in which they are shown. */
export const NUMBER_FIELDS: readonly NumberField[] = [
  {
    key: 'temperature',
    label: 'Temperature',
    does: 'How freely the next word is chosen. Higher is more varied and makes more mistakes; lower repeats itself more; 0 always takes the likeliest.',
    wrong: 'A number from 0 to 5.',
  },
  {
    key: 'topK',
    label: 'Top-k',
    does: 'Only so many of the likeliest words can be chosen. Higher lets rarer words in; lower is safer; 0 lets all in.',
    wrong: 'A whole number, 0 or more.',
  },
  {
    key: 'topP',
    label: 'Top-p',
    does: 'Only the likeliest words that together have this share of the probability can be chosen. Higher lets rarer words in; lower is safer; 1 lets all in.',
    wrong: 'A number above 0, at most 1.',
  },
  {
    key: 'minP',
    label: 'Min-p',
    does: 'Drops words that are less likely than this share of the likeliest one. Higher drops more; lower lets rarer words in; 0 drops none.',
    wrong: 'A number from 0 to 1.',
  },
  {
    key: 'repetitionPenalty',
    label: 'Repetition penalty',
    does: 'Makes words that were there already less likely. Higher repeats less but may avoid words that are needed; below 1 repeats more; 1 changes nothing.',
    wrong: 'A number from 0.1 to 10.',
  },
  {
    key: 'maxTokens',
    label: 'Most tokens',
    does: 'Where an answer is cut at the latest; a token is about three quarters of an English word. Higher allows longer answers; lower ends them sooner.',
    wrong: 'A whole number, 1 or more.',
  },
]

export const DOES = {
  stop: 'An answer ends before it would write one of these. One a line; \\n is a line break. Empty: it ends by itself.',
  seed: 'The same seed, question and settings give the same answer again. Empty: a new one for every answer.',
  systemPrompt:
    'What the model reads before your first message: who it is to be, how it is to answer. Small models follow it loosely; it takes room from the conversation.',
} as const
