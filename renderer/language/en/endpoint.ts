import { number, plural } from './formats.ts'

/** Sentences of the endpoint's dialog in renderer/settings. */
export const endpoint = {
  title: 'Talk from other programs',
  open: 'Talk from other programs…',
  what: 'Obsidian, editors and scripts on this machine can ask the model for answers, as they would ask OpenAI. Only this machine is listened to, and only who has the token is answered. What they ask is not kept.',
  answer: 'Answer other programs',
  address: 'Address',
  token: 'Token',
  copy: (label: string) => `Copy ${label.toLowerCase()}`,
  show: 'Show',
  hide: 'Hide',
  newToken: 'New token',
  newTokenHint: 'The old token is refused from then on',
  port: 'Port',
  portHint: 'of this machine',
  portWrong: 'A whole number from 1 to 65535.',
  origins: 'Pages that may ask',
  originsHint: (always: string) => `origins, one a line; always: ${always}`,
  originsWrong: 'One a line, like https://example.org or app://name; at most 50.',
  example: 'For example',
  copyExample: 'Copy example',
  /** What a program asks in the example. */
  hello: 'Hello!',
  back: 'Back',
  off: 'Off: nothing is listened to.',
  goingOn: 'Going on…',
  listening: (addresses: readonly string[]) => `Listening on ${addresses.join(' and ')}.`,
  underWay: (answers: number) =>
    `${plural(answers, { one: 'One answer is', other: `${number(answers)} answers are` })} under way.`,
}
