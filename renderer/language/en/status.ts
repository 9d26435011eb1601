import { counted, number, plural } from './formats.ts'

/** Sentences of renderer/status, and of the window while it waits for its host. */
export const status = {
  connecting: 'Connecting to Depthwise…',
  noAnswer: 'Depthwise does not answer. Trying again…',
  connectionLost: 'The connection to Depthwise is lost.',
  nextTry: (seconds: number) => `Next try in ${seconds} s; what was sent is kept.`,
  tryingAgain: 'Trying again; what was sent is kept.',
  startedAnew: 'If Depthwise was started anew, open the address that it printed.',
  tryNow: 'Try now',

  modelAndDevice: 'Model and device',
  model: 'Model',
  models: 'Models',
  allModels: 'All models…',
  otherModels: 'Other models…',
  help: 'Help',

  automatic: 'Automatic',
  contextOf: (tokens: string) => `context of ${tokens}`,
  upTo: (recursions: string) => `up to ${recursions}`,
  restart: 'Restart',
  restarts: (times: number) =>
    `The engine was started again ${plural(times, { one: 'once', other: `${number(times)} times` })}.`,
  computeOn: 'Compute on',
  weights: 'Weights',
  weightsOf: (name: string) => `Weights of ${name}`,

  someModel: 'The model',
  engineDown: 'The engine does not run.',
  silent: (seconds: number) =>
    `The engine has not answered for ${seconds} seconds. It may be at something long, or stuck. Restarting it keeps what was written.`,
  madeReady: (name: string) =>
    `${name} is being made ready for this machine; that is needed only once. You can write already.`,
  beingLoaded: (name: string) => `${name} is being loaded. You can write already.`,
  readyShare: 'Model made ready',
  loadedShare: 'Model loaded',
  cancel: 'Cancel',

  writingSeveral: (answers: number) => `Writing ${counted(answers, { one: 'answer', other: 'answers' })}…`,
  writing: 'Writing…',
  pace: (tokensPerSecond: number) => `${number(Math.round(tokensPerSecond))} tokens/s`,
}
