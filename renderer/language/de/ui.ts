import type { Words } from '../en/index.ts'
import { counted, fixed, number } from './formats.ts'

const tenth = (value: number): string => fixed(value, 1)

export const ui: Words['ui'] = {
  close: 'Schließen',
  dismiss: 'Ausblenden',
  showConversations: 'Unterhaltungen anzeigen',
  back: 'Zurück zur Unterhaltung',
  counted: {
    answer: (value) => counted(value, { one: 'Antwort', other: 'Antworten' }),
    byte: (value) => counted(value, { other: 'Byte' }),
    conversation: (value) => counted(value, { one: 'Unterhaltung', other: 'Unterhaltungen' }),
    file: (value) => counted(value, { one: 'Datei', other: 'Dateien' }),
    other: (value) => counted(value, { one: 'weitere', other: 'weitere' }),
    parameter: (value) => counted(value, { other: 'Parameter' }),
    recursion: (value) => counted(value, { one: 'Rekursion', other: 'Rekursionen' }),
    thread: (value) => counted(value, { one: 'Thread', other: 'Threads' }),
    token: (value) => counted(value, { one: 'Token', other: 'Token' }),
  },
  milliseconds: (ms) => `${number(Math.round(ms))} ms`,
  seconds: (seconds) => `${tenth(seconds)} s`,
  minutes: (minutes, seconds) => `${minutes} min ${seconds} s`,
  thinking: (length, time) => `Denkt nach … ${length}, ${time}`,
  thought: (length, time) => `${time} lang nachgedacht, ${length}`,
  billions: (billions) => `${tenth(billions)} Milliarden Parameter`,
  millions: (millions) => `${tenth(millions)} Millionen Parameter`,
  bits: { fp32: '32 Bit', int8: '8 Bit', int4: '4 Bit' },
  fourBits: '4 Bit, wo es schneller ist',
  finishes: {
    end: 'Das Modell hat seinen Zug beendet',
    length: 'Höchstzahl der Token erreicht',
    stop: 'Auf eine Stoppfolge gestoßen',
    context: 'Der Kontext des Modells ist voll',
    stopped: 'Von dir angehalten',
    interrupted: 'Unterbrochen: Die Engine war nicht mehr da',
    error: 'Durch einen Fehler beendet',
  },
  endMarks: {
    stopped: 'Von dir angehalten.',
    interrupted: 'Unterbrochen: Die Engine war nicht mehr da. Was geschrieben war, bleibt erhalten.',
    failed: 'Die Antwort ist fehlgeschlagen.',
    length: 'Abgeschnitten: Mehr Token erlauben die Einstellungen nicht.',
    onlyThought: 'Das Modell hat nach seinem Gedankengang aufgehört, ohne zu antworten.',
    context: 'Abgeschnitten, weil der Kontext des Modells voll ist.',
  },
  phases: {
    starting: 'Startet …',
    preparing: 'Modell wird vorbereitet',
    loading: 'Modell wird geladen',
    ready: 'Bereit',
    failed: 'Modell läuft nicht',
  },
}
