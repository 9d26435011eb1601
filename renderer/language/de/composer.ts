import type { Words } from '../en/index.ts'
import { counted, number } from './formats.ts'

const tokens = (count: number): string => counted(count, { one: 'Token', other: 'Token' })

export const composer: Words['composer'] = {
  message: 'Nachricht',
  write: 'Schreibe eine Nachricht',
  answerNow: 'Jetzt antworten',
  stop: 'Anhalten',
  stopping: 'Wird angehalten',
  stopHint: 'Anhalten (Esc)',
  send: 'Senden',
  sendHint: 'Senden (Eingabe)',

  context: 'Kontext des Modells',
  said: {
    scarce: 'Für eine Antwort ist nur noch wenig Platz.',
    full: 'Diese Unterhaltung passt nicht mehr in den Kontext des Modells.',
    ended: 'Diese Unterhaltung hat das Ende des Kontexts erreicht und hört hier auf.',
    cut: 'Die ältesten Beiträge werden nicht gelesen.',
    tooLong: 'Diese Nachricht allein ist zu lang für das Modell. Kürze sie.',
  },
  scarce: (room) => `Für eine Antwort ist nur noch wenig Platz: etwa ${tokens(room)}.`,
  cut: (room) => `Die ältesten Beiträge werden nicht mehr gelesen. Für eine Antwort bleiben etwa ${tokens(room)}.`,
  full: (whole, limit) => `Diese Unterhaltung passt nicht mehr in das Modell: ${number(whole)} von ${tokens(limit)}.`,
  tooLong: (newest, most) =>
    `Diese Nachricht allein braucht mindestens ${tokens(newest)}, und das Modell liest höchstens ${number(most)}. Kürze sie, um sie zu senden.`,
  readAll: 'Wieder alles lesen',
  drop: 'Älteste Beiträge weglassen',
  stopHere: 'Hier aufhören',
  newChat: 'Neuer Chat',

  used: (used, limit) => `Kontext ${number(used)} / ${number(limit)}`,
  usedShare: 'Belegter Kontext',
  usedHint:
    'Token dieser Unterhaltung und dessen, was du gerade schreibst, von denen, die das Modell fasst. Was übrig bleibt, ist für die Antwort.',
}
