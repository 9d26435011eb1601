import { number, plural } from './formats.ts'

/** Sentences of renderer/search. */
export const search = {
  findHere: 'Find in this conversation',
  onlyElsewhere: 'Only on other branches',
  notFound: 'Not found',
  place: (at: number, count: number) => `${at} of ${count}`,
  elsewhere: (count: number) => `, ${count} on other branches`,
  previousHit: 'Previous hit (Shift+F3)',
  nextHit: 'Next hit (F3)',
  close: 'Close (Escape)',

  results: 'Search results',
  nothing: (text: string) => `Nothing found for “${text}”.`,
  foundIn: (conversations: number) =>
    `Found in ${plural(conversations, { one: 'one conversation', other: `${number(conversations)} conversations` })}`,
  you: 'You',
  answer: 'Answer',
  more: (messages: number) => `In ${messages} more ${plural(messages, { one: 'message', other: 'messages' })}`,
  newest: (shown: number) => `The ${number(shown)} newest are shown. Search for more words to find older ones.`,
}
