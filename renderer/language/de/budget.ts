import type { Words } from '../en/index.ts'
import { counted, fixed } from './formats.ts'

const tokens = (count: number): string => counted(count, { one: 'Token', other: 'Token' })

export const budget: Words['budget'] = {
  think: 'Vor der Antwort nachdenken',

  budgetAndReadings: 'Denkbudget und Messwerte',
  readings: 'Messwerte',
  readingsNow: 'Messwerte jetzt',
  readingsOfLast: 'Messwerte der letzten Antwort',
  showReadings: 'Die Messwerte zeigen',
  fold: 'Auf eine Zeile einklappen',
  tokensPerSecond: 'Token/s',
  speedNow: (speed) => `${speed} Token/s`,
  depthNow: (depth) => `${depth} Rekursionen`,
  speed: 'Tempo',
  depth: 'Tiefe',
  share: 'Anteil der wählbaren Rechenarbeit',
  of: 'von',
  ofMost: (most) => ` von ${most}`,
  recursions: 'Rekursionen',

  budget: 'Denkbudget',
  what: 'Was das Budget bewirkt',
  keys: ['und', 'verschieben es, während du schreibst.'],
  spokenValue: (budget) => `${budget} Prozent der wählbaren Rechenarbeit`,
  realised: (share) => `Genutzt: ${share}`,
  ofAnswer: 'für die Antwort; der Gedankengang hat sein eigenes',
  withNext: 'gilt ab dem nächsten Token',
  inForce: (share, token) => `${share}, gültig ab Token ${token}`,
  shallow: 'flach, schnell',
  deep: 'tief',
  deepTo: (recursions) => `tief, ${recursions}`,
  hardly: 'ändert die Antworten dieses Modells kaum',
  untrained: 'Dieses Modell wurde für ein einziges Budget trainiert; andere sind geraten.',

  realisedOfAsked: 'genutzt vom Budget',
  soFar: (count) => `in bisher ${tokens(count)}`,
  inOnly: (count) => `in nur ${tokens(count)}`,
  held: (over) =>
    `Das Budget wird über je ${over} Token auf 5 Punkte genau eingehalten; über weniger kann es weiter danebenliegen.`,
  inOnlyHeld: (share, count, over) => `${share} in nur ${tokens(count)} (auf 5 Punkte genau über ${over})`,

  hardlyMoves: (nats, first) =>
    `Gemessen an anderen Texten verändert der ganze Regler den Loss dieses Modells um ${fixed(nats, 3)} Nats je Token: kaum etwas. Darum beginnt er bei ${first}, wo Antworten am schnellsten kommen.`,
  moves: (nats, first, within) =>
    `Gemessen an anderen Texten verändert der ganze Regler den Loss dieses Modells um ${fixed(nats, 3)} Nats je Token. Ab ${first} liegt der Loss höchstens ${within} über seinem besten Wert; darum beginnt der Regler dort.`,

  chart: (last) =>
    `Die letzten ${last} Token: Balken sind die Tiefe, die Linie ist das Tempo, senkrechte Striche sind Änderungen des Budgets`,
  speedChart: (last) => `Das Tempo der letzten ${last} Token`,
  emptyChart: 'Tiefe und Tempo jedes Tokens',
  emptySpeedChart: 'Tempo jedes Tokens',

  thought: 'Gedanken',
  thoughtSame: (budget) => `${budget} Prozent, wie die Antwort`,
  same: 'gleich',
  sameBudget: 'Gleiches Budget wie die Antwort',

  tint: 'Wörter nach Tiefe färben',
  legend: (depths) => `Von flach, ${depths.join(', ')} Rekursionen, bis tief`,
}
