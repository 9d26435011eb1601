import type { Words } from '../en/index.ts'
import { number } from './formats.ts'

const WHY = {
  binary: 'ist keine Textdatei; nur Text lässt sich anhängen',
  empty: 'ist leer',
  large: 'ist größer als 1 MB Text; mehr lässt sich nicht anhängen',
  unreadable: 'ließ sich nicht lesen',
  many: 'ist eine zu viel: eine Nachricht kann 20 Dateien haben',
} as const

export const attachments: Words['attachments'] = {
  attach: 'Textdateien anhängen',
  files: 'Dateien dieser Nachricht',
  open: (name) => `${name} ansehen`,
  remove: (name) => `${name} entfernen`,
  tokens: (tokens) => `${number(tokens)} Token`,
  reading: 'Wird gelesen…',
  refused: (files) => {
    const named = files.slice(0, 3).map(({ name, why }) => `„${name}“ ${WHY[why]}.`)
    const left = files.length - named.length
    const more = left === 1 ? 'Eine weitere ließ' : `${number(left)} weitere ließen`
    return [...named, ...(left > 0 ? [`${more} sich nicht anhängen.`] : [])].join(' ')
  },
  pastedName: 'Eingefügter Text.txt',
  pasted: (length) => `Was du eingefügt hast, ist lang: ${number(length)} Zeichen.`,
  makeFile: 'Als Datei anhängen',
  contents: (name) => `Inhalt von ${name}`,
  loading: 'Wird geöffnet…',
  copy: 'Alles kopieren',
  close: 'Schließen',
  gone: 'Diese Datei ließ sich nicht öffnen.',
  drop: 'Lege Textdateien hier ab, um sie anzuhängen, oder den Ordner oder die GGUF-Datei eines Modells, um es hinzuzufügen',
  tooLong: (tokens, over) =>
    `Mit ihren Dateien braucht diese Nachricht etwa ${number(tokens)} Token, ${number(over)} mehr, als das Modell liest. Entferne eine Datei oder kürze den Text, um sie zu senden.`,
}
