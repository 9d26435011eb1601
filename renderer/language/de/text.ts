import type { Words } from '../en/index.ts'
import { exactPercent, significant } from './formats.ts'

const figure = (value: number): string => significant(value, 3).replace('-', '−')

export const text: Words['text'] = {
  plain: 'Text',
  code: 'Code',
  copyCode: 'Code kopieren',
  table: 'Tabelle',
  done: 'Erledigt',
  toDo: 'Zu tun',
  tintedAnswer: 'Antwort, nach Tiefe gefärbt. Die Pfeiltasten links und rechts gehen durch ihre Token.',
  tintedThought: 'Gedankengang, nach Tiefe gefärbt. Die Pfeiltasten links und rechts gehen durch seine Token.',

  unrecorded: 'Zu dieser Stelle wurde nichts aufgezeichnet.',
  token: (place, of) => `Token ${place} von ${of}`,
  depth: 'Tiefe',
  depthOf: (depth, most) => `${depth} von ${most}`,
  depthAt: (depth, most, share) => `${depth} von ${most}, bei ${share} Budget`,
  routerScore: 'Wert des Routers',
  probability: 'Wahrscheinlichkeit',
  likeliest: 'Die wahrscheinlichsten an seiner Stelle, wie das Modell sie angab',
  written: (token) => `${token}, geschrieben`,
  asGiven: 'Wie das Modell sie angab, vor Temperatur und den anderen Einstellungen des Samplings.',
  notKeptOfEnd: 'Zu dem Token, das eine Antwort beendet, wird keine Wahrscheinlichkeit aufbewahrt.',
  inserted: 'Es wurde eingefügt, nicht vom Modell gewählt.',
  notKept: 'Wahrscheinlichkeiten und Alternativen dieser Antwort wurden nicht aufbewahrt.',

  nothing: '(nichts)',
  spokenNothing: 'nichts',
  special: (token) => `besonderes Token ${token}`,
  partOfCharacter: 'Teil eines Zeichens',
  space: 'Leerzeichen',
  lineBreak: 'Zeilenumbruch',
  tab: 'Tabulator',
  least: '< 0,01\u00a0%',
  most: '> 99,9\u00a0%',
  share: (share) => exactPercent(share, share < 1 ? 2 : 1),
  deeperAnyhow: (score) => `${figure(score)}; es ging tiefer, unabhängig vom Wert`,
  notDeeperAnyhow: (score) => `${figure(score)}; es ging nicht tiefer, unabhängig vom Wert`,
  wasEnough: (score, least) => `${figure(score)}; ${figure(least)} genügte, um tiefer zu gehen`,
  wasNeeded: (score, least) => `${figure(score)}; ${figure(least)} war nötig, um tiefer zu gehen`,
}
