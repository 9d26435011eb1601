import { counted, fixed } from './formats.ts'

const tokens = (count: number): string => counted(count, { one: 'token', other: 'tokens' })

/** Sentences of renderer/budget. */
export const budget = {
  think: 'Think before answering',

  budgetAndReadings: 'Thinking budget and readings',
  readings: 'Readings',
  readingsNow: 'Readings now',
  readingsOfLast: 'Readings of the last answer',
  showReadings: 'Show the readings',
  fold: 'Fold to one line',
  tokensPerSecond: 'tokens/s',
  speedNow: (speed: string) => `${speed} tokens/s`,
  depthNow: (depth: string) => `${depth} recursions`,
  speed: 'Speed',
  depth: 'Depth',
  share: 'Share of the optional compute',
  of: 'of',
  ofMost: (most: number) => ` of ${most}`,
  recursions: 'recursions',

  budget: 'Thinking budget',
  what: 'What the budget does',
  /** Around the keys. */
  keys: ['and', 'move it while you type.'],
  spokenValue: (budget: number) => `${budget} percent of the optional compute`,
  realised: (share: string) => `Realised: ${share}`,
  ofAnswer: 'of the answer; its thought has its own',
  withNext: 'takes effect with the next token',
  inForce: (share: string, token: number) => `${share} in force from token ${token}`,
  shallow: 'shallow, fast',
  deep: 'deep',
  deepTo: (recursions: string) => `deep, ${recursions}`,
  hardly: 'hardly changes this model’s answers',
  untrained: 'This model was trained for one budget; others are a guess.',

  realisedOfAsked: 'realised of asked',
  soFar: (count: number) => `in ${tokens(count)} so far`,
  inOnly: (count: number) => `in only ${tokens(count)}`,
  held: (over: number) =>
    `The budget is kept to within 5 points over any ${over} tokens; over fewer it can be further off.`,
  inOnlyHeld: (share: string, count: number, over: number) =>
    `${share} in only ${tokens(count)} (kept to within 5 points over ${over})`,

  hardlyMoves: (nats: number, first: string) =>
    `Measured on other texts, the whole slider moves this model’s loss by ${fixed(nats, 3)} nats a token: hardly anything. So it begins at ${first}, where answers come fastest.`,
  moves: (nats: number, first: string, within: string) =>
    `Measured on other texts, the whole slider moves this model’s loss by ${fixed(nats, 3)} nats a token. From ${first} on the loss is within ${within} of its best, so the slider begins there.`,

  chart: (last: number) =>
    `The last ${last} tokens: bars are depth, the line is speed, upright lines are moves of the budget`,
  speedChart: (last: number) => `The speed of the last ${last} tokens`,
  emptyChart: 'Depth and speed of each token',
  emptySpeedChart: 'Speed of each token',

  thought: 'Thought',
  thoughtSame: (budget: number) => `${budget} percent, the same as the answer`,
  same: 'same',
  sameBudget: 'Same budget as the answer',

  tint: 'Colour words by depth',
  legend: (depths: readonly number[]) => `From shallow, ${depths.join(', ')} recursions, to deep`,
}
