import { exactPercent, significant } from './formats.ts'

const figure = (value: number): string => significant(value, 3).replace('-', '−')

/** Sentences of renderer/text. */
export const text = {
  plain: 'text',
  code: 'Code',
  copyCode: 'Copy code',
  table: 'Table',
  done: 'Done',
  toDo: 'To do',
  tintedAnswer: 'Answer coloured by depth. Left and right arrow keys go through its tokens.',
  tintedThought: 'Thought coloured by depth. Left and right arrow keys go through its tokens.',

  unrecorded: 'Nothing was recorded for this stretch.',
  token: (place: number, of: number) => `Token ${place} of ${of}`,
  depth: 'Depth',
  depthOf: (depth: number, most: number) => `${depth} of ${most}`,
  depthAt: (depth: number, most: number, share: string) => `${depth} of ${most}, at ${share} budget`,
  routerScore: 'Router score',
  probability: 'Probability',
  likeliest: 'The likeliest in its place, as the model gave them',
  written: (token: string) => `${token}, written`,
  asGiven: 'As the model gave them, before temperature and the other settings of sampling.',
  notKeptOfEnd: 'No probability is kept of the token that ends an answer.',
  inserted: 'It was inserted, not chosen by the model.',
  notKept: 'Probabilities and alternatives of this answer were not kept.',

  nothing: '(nothing)',
  spokenNothing: 'nothing',
  special: (token: string) => `special token ${token}`,
  partOfCharacter: 'part of a character',
  space: 'space',
  lineBreak: 'line break',
  tab: 'tab',
  least: '< 0.01%',
  most: '> 99.9%',
  /** `share` of 100. */
  share: (share: number) => exactPercent(share, share < 1 ? 2 : 1),
  deeperAnyhow: (score: number) => `${figure(score)}; it went deeper, whatever its score`,
  notDeeperAnyhow: (score: number) => `${figure(score)}; it went no deeper, whatever its score`,
  wasEnough: (score: number, least: number) => `${figure(score)}; ${figure(least)} was enough to go deeper`,
  wasNeeded: (score: number, least: number) => `${figure(score)}; ${figure(least)} was needed to go deeper`,
}
