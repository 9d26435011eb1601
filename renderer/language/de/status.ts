import type { Words } from '../en/index.ts'
import { number, plural } from './formats.ts'

export const status: Words['status'] = {
  connecting: 'Verbindung zu Depthwise wird aufgebaut …',
  noAnswer: 'Depthwise antwortet nicht. Neuer Versuch …',
  connectionLost: 'Die Verbindung zu Depthwise ist abgebrochen.',
  nextTry: (seconds) => `Nächster Versuch in ${seconds} s; was gesendet wurde, bleibt erhalten.`,
  tryingAgain: 'Neuer Versuch; was gesendet wurde, bleibt erhalten.',
  startedAnew: 'Falls Depthwise neu gestartet wurde, öffne die Adresse, die es ausgegeben hat.',
  tryNow: 'Jetzt versuchen',

  modelAndDevice: 'Modell und Gerät',
  model: 'Modell',
  models: 'Modelle',
  allModels: 'Alle Modelle …',
  otherModels: 'Andere Modelle …',
  help: 'Hilfe',

  automatic: 'Automatisch',
  contextOf: (tokens) => `Kontext von ${tokens}`,
  upTo: (recursions) => `bis zu ${recursions}`,
  restart: 'Neu starten',
  restarts: (times) =>
    `Die Engine wurde ${plural(times, { one: 'einmal', other: `${number(times)}-mal` })} neu gestartet.`,
  computeOn: 'Rechnen auf',
  weights: 'Gewichte',
  weightsOf: (name) => `Gewichte von ${name}`,

  someModel: 'Das Modell',
  engineDown: 'Die Engine läuft nicht.',
  silent: (seconds) =>
    `Die Engine antwortet seit ${seconds} Sekunden nicht. Vielleicht rechnet sie an etwas Langem, vielleicht hängt sie. Ein Neustart behält, was geschrieben ist.`,
  madeReady: (name) =>
    `${name} wird für diesen Rechner vorbereitet; das ist nur einmal nötig. Du kannst schon schreiben.`,
  beingLoaded: (name) => `${name} wird geladen. Du kannst schon schreiben.`,
  readyShare: 'Modell vorbereitet',
  loadedShare: 'Modell geladen',
  cancel: 'Abbrechen',

  writingSeveral: (answers) =>
    plural(answers, { one: 'Eine Antwort wird', other: `${number(answers)} Antworten werden` }) + ' geschrieben …',
  writing: 'Schreibt …',
  pace: (tokensPerSecond) => `${number(Math.round(tokensPerSecond))} Token/s`,
}
