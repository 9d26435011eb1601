import { counted, number } from './formats.ts'

const tokens = (count: number): string => counted(count, { one: 'token', other: 'tokens' })

/** Sentences of renderer/composer. */
export const composer = {
  message: 'Message',
  write: 'Write a message',
  answerNow: 'Answer now',
  stop: 'Stop',
  stopping: 'Stopping',
  stopHint: 'Stop (Escape)',
  send: 'Send',
  sendHint: 'Send (Enter)',

  context: 'Context of the model',
  /** What a screen reader says when it comes to this; without the numbers, which change while a person types. */
  said: {
    scarce: 'Little room is left for an answer.',
    full: 'This conversation no longer fits the context of the model.',
    ended: 'This conversation has reached the end of the context of the model, and stops here.',
    cut: 'The oldest turns are not read.',
    tooLong: 'This message alone is too long for the model. Shorten it.',
  },
  scarce: (room: number) => `Little room is left for an answer: about ${tokens(room)}.`,
  cut: (room: number) => `The oldest turns are not read any more. About ${tokens(room)} are left for an answer.`,
  full: (whole: number, limit: number) =>
    `This conversation no longer fits the model: ${number(whole)} of ${tokens(limit)}.`,
  tooLong: (newest: number, most: number) =>
    `This message alone takes at least ${tokens(newest)}, and the model reads ${number(most)} at most. Shorten it to send it.`,
  readAll: 'Read all again',
  drop: 'Drop the oldest turns',
  stopHere: 'Stop here',
  newChat: 'New chat',

  used: (used: number, limit: number) => `Context ${number(used)} / ${number(limit)}`,
  usedShare: 'Context used',
  usedHint:
    'Tokens of this conversation and of what you are writing, of those that the model can hold. What is left is for the answer.',
}
