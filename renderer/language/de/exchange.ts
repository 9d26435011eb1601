import type { Words } from '../en/index.ts'
import { fixed } from './formats.ts'

export const exchange: Words['exchange'] = {
  begun: (moment) => `Begonnen am ${moment}.`,
  you: 'Du',
  instructions: 'Anweisungen',
  answer: 'Antwort',
  thought: 'Gedankengang',
  ends: {
    stopped: '(Die Antwort wurde hier angehalten.)',
    interrupted: '(Die Antwort wurde hier unterbrochen.)',
    error: '(Die Antwort ist hier fehlgeschlagen.)',
  },
  budget: (share) => `Budget ${share}`,
  fromToken: (share, token) => `, ${share} ab Token ${token}`,
  realised: (share) => `genutzt ${share}`,
  meanDepth: (depth) => `mittlere Tiefe ${fixed(depth, 1)}`,
  untitledFile: 'Unterhaltung',

  untitled: 'Ohne Titel',
  image: '[Bild]',
  file: '[Datei]',
  place: (place, fileName) => `Unterhaltung ${place} von ${fileName}`,
  tooLarge: 'zu groß',
  packed: 'gepackt; entpacke die Datei und importiere die conversations.json darin',
  notOfConversations: 'keine Datei mit Unterhaltungen',
  truncated: 'endet mittendrin; was vollständig war, wurde gelesen',
  noConversation: 'enthält keine Unterhaltung',
  damaged: 'beschädigt',
  newer: 'von einer neueren Version von Depthwise exportiert',
  unknown: 'keine Unterhaltung von Depthwise, ChatGPT oder LM Studio',
  wrong: (problem) => `nicht so aufgebaut, wie es sein sollte (${problem})`,
  asAWhole: 'als Ganzes',
  empty: 'enthält nichts, was geschrieben oder geantwortet wurde',
}
