import type { Words } from '../en/index.ts'
import { counted, number, plural } from './formats.ts'

const conversations = (count: number): string => counted(count, { one: 'Unterhaltung', other: 'Unterhaltungen' })

export const organising: Words['organising'] = {
  cancel: 'Abbrechen',
  done: 'Fertig',
  keep: 'Behalten',
  stop: 'Anhalten',

  exportOne: 'Unterhaltung exportieren',
  exportAll: 'Alle Unterhaltungen exportieren',
  format: 'Format',
  jsonOfOne: 'Alles, was darin ist, mit jedem Zweig und der Tiefe jedes Tokens. Depthwise kann es wieder importieren.',
  jsonOfAll: 'Alles, mit jedem Zweig und der Tiefe jedes Tokens. Depthwise kann es wieder importieren.',
  markdownOfOne: 'Der angezeigte Zweig, überall lesbar.',
  markdownOfAll: 'Ein ZIP mit einer Datei je Unterhaltung: der angezeigte Zweig, überall lesbar.',
  withThoughts: 'Mit dem, was das Modell vor seinen Antworten gedacht hat',
  exportShare: 'Export',
  export: 'Exportieren …',

  renameFolder: 'Ordner umbenennen',
  taken: 'Einen Ordner mit diesem Namen gibt es schon.',
  newFolder: 'Neuer Ordner',
  name: 'Name',
  rename: 'Umbenennen',
  makeFolder: 'Ordner anlegen',

  importTitle: 'Unterhaltungen importieren',
  importShare: 'Import',
  soFar: (count) => `Bisher ${conversations(count)} …`,
  dropHere: 'Lege Dateien hier ab oder',
  chooseFiles: 'Dateien auswählen …',
  files: 'Dateien mit Unterhaltungen',
  ofDepthwise: ': Dateien, die „Exportieren“ als JSON angelegt hat.',
  ofChatGpt: [': jede', 'im entpackten Export.'],
  ofLmStudio: [': Dateien namens', 'im Ordner', 'von LM Studio.'],
  importAgain: (count) => plural(count, { one: 'Noch einmal importieren', other: 'Noch einmal importieren' }),

  imported: (count) => `${conversations(count)} importiert.`,
  importedSkipped: (count, skipped) => `${conversations(count)} importiert, ${number(skipped)} übersprungen.`,
  cancelled: 'Der Import wurde vor dem Ende angehalten. Was schon importiert war, ist da.',
  known: (count) =>
    `${conversations(count)} ${plural(count, { one: 'war schon da und blieb, wie sie ist', other: 'waren schon da und blieben, wie sie sind' })}.`,
  again: (count) =>
    `${conversations(count)} ${plural(count, { one: 'wurde früher schon importiert. Noch einmal importieren, als Kopie?', other: 'wurden früher schon importiert. Noch einmal importieren, als Kopien?' })}`,
  restored: (count) =>
    `${conversations(count)} ${plural(count, { one: 'kam', other: 'kamen' })} aus „Kürzlich gelöscht“ zurück.`,
  skipped: 'Übersprungen',
  andOthers: (count) => `und ${plural(count, { one: 'eine weitere', other: `${number(count)} weitere` })}.`,

  trash: 'Kürzlich gelöscht',
  kept: (days) => `Gelöschte Unterhaltungen werden ${days} Tage aufbewahrt und dann endgültig entfernt.`,
  empty: 'Hier ist nichts.',
  daysLeft: (days) => `noch ${counted(days, { one: 'Tag', other: 'Tage' })}`,
  bringBack: 'Zurückholen',
  bringBackOne: (title) => `Zurückholen: „${title}“`,
  erase: 'Endgültig löschen',
  eraseOne: (title) => `Endgültig löschen: „${title}“`,
  eraseAll: 'Alle endgültig löschen',
  oneDoomed: (title) => `„${title}“ wird endgültig gelöscht. Das lässt sich nicht rückgängig machen.`,
  severalDoomed: (count) =>
    `${conversations(count)} ${plural(count, { one: 'wird', other: 'werden' })} endgültig gelöscht. Das lässt sich nicht rückgängig machen.`,
}
