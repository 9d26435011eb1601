import type { Words } from '../en/index.ts'
import { number, plural } from './formats.ts'

export const search: Words['search'] = {
  findHere: 'In dieser Unterhaltung suchen',
  onlyElsewhere: 'Nur in anderen Zweigen',
  notFound: 'Nicht gefunden',
  place: (at, count) => `${at} von ${count}`,
  elsewhere: (count) => `, ${count} in anderen Zweigen`,
  previousHit: 'Voriger Treffer (Umschalt+F3)',
  nextHit: 'Nächster Treffer (F3)',
  close: 'Schließen (Esc)',

  results: 'Suchergebnisse',
  nothing: (text) => `Nichts gefunden für „${text}“.`,
  foundIn: (conversations) =>
    `In ${plural(conversations, { one: 'einer Unterhaltung', other: `${number(conversations)} Unterhaltungen` })} gefunden`,
  you: 'Du',
  answer: 'Antwort',
  more: (messages) =>
    plural(messages, { one: 'In einer weiteren Nachricht', other: `In ${messages} weiteren Nachrichten` }),
  newest: (shown) => `Die neuesten ${number(shown)} werden gezeigt. Suche nach mehr Wörtern, um ältere zu finden.`,
}
