import type { Words } from '../en/index.ts'
import { number, plural } from './formats.ts'

export const endpoint: Words['endpoint'] = {
  title: 'Aus anderen Programmen fragen',
  open: 'Aus anderen Programmen fragen …',
  what: 'Obsidian, Editoren und Skripte auf diesem Rechner können das Modell um Antworten bitten, so wie sie OpenAI fragen würden. Gehört wird nur auf diesen Rechner, und Antwort bekommt nur, wer das Token hat. Was sie fragen, wird nicht aufbewahrt.',
  answer: 'Anderen Programmen antworten',
  address: 'Adresse',
  token: 'Token',
  copy: (label) => `${label} kopieren`,
  show: 'Zeigen',
  hide: 'Verbergen',
  newToken: 'Neues Token',
  newTokenHint: 'Das alte Token wird von da an abgelehnt',
  port: 'Port',
  portHint: 'auf diesem Rechner',
  portWrong: 'Eine ganze Zahl von 1 bis 65535.',
  origins: 'Seiten, die fragen dürfen',
  originsHint: (always) => `Ursprünge, einer je Zeile; immer: ${always}`,
  originsWrong: 'Einer je Zeile, wie https://example.org oder app://name; höchstens 50.',
  example: 'Zum Beispiel',
  copyExample: 'Beispiel kopieren',
  hello: 'Hallo!',
  back: 'Zurück',
  off: 'Aus: Es wird auf nichts gehört.',
  goingOn: 'Wird eingeschaltet …',
  listening: (addresses) => `Erreichbar unter ${addresses.join(' und ')}.`,
  underWay: (answers) =>
    `${plural(answers, { one: 'Eine Antwort ist', other: `${number(answers)} Antworten sind` })} in Arbeit.`,
}
