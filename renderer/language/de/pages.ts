import type { Words } from '../en/index.ts'

export const pages: Words['pages'] = {
  help: 'Hilfe',
  shortcuts: 'Tastenkürzel',
  privacy: 'Datenschutz',
  about: 'Über Depthwise',
  or: 'oder',

  welcome: 'Willkommen',
  gotIt: 'Verstanden',
  sentences: [
    'Der Regler unter dem Nachrichtenfeld bestimmt, wie tief das Modell über jedes Wort nachdenkt: Weiter rechts ist es langsamer und womöglich besser, und du kannst ihn verschieben, während es schreibt.',
    'Alles bleibt auf diesem Rechner: was du schreibst, was es antwortet und das Modell selbst.',
    'Ein Modell ist eingebaut, und unter „Modelle“ kannst du eigene hinzufügen oder andere herunterladen; nichts wird geholt, ohne dass du darum bittest.',
  ],

  what: 'Chattet mit Sprachmodellen auf deinem eigenen Rechner und verstellt ihre Tiefe, während sie schreiben.',
  runsOn: 'Worauf es läuft',
  system: 'Betriebssystem',
  builtIn: 'Das eingebaute Modell',
  madeOf:
    'Entstanden aus SmolLM2-135M-Instruct von Hugging Face (Apache-2.0), gekürzt, mit einem Router versehen und weiter trainiert; auch es steht unter Apache-2.0.',
  allCredits: 'Alle Beteiligten, auch die Urheber der Trainingstexte',
  credits: 'Beteiligte am eingebauten Modell',
  noLicences: 'Die Lizenzen konnten nicht geladen werden. Sie liegen neben der App, in node_modules.',
  licences: 'Lizenzen',
  searchPackages: (packages) => `${packages} Pakete durchsuchen`,
  searchLabel: 'Pakete nach Name oder Lizenz durchsuchen',
  found: (packages) => `${packages} gefunden`,
  noText: 'Das Paket bringt den Text dieser Lizenz nicht mit.',
  noPackage: 'Kein Paket heißt so.',
  chromium: 'Die Lizenzen von Chromium und allem, was darin steckt, stehen in den Dateien von Electron.',

  leaves: 'Was diesen Rechner verlässt',
  nothing: 'Nichts, außer du bittest darum. Es gibt kein Konto, keine Telemetrie und keine Suche nach Updates.',
  hub: 'der Modell-Hub',
  asked: [
    'Wenn du ein Modell nachschlägst oder herunterlädst, wird',
    'gefragt. Dort erfährt man die Adresse dieses Rechners, welches Modell du möchtest, die Version von Depthwise und dein Token, falls du eines angegeben hast.',
  ],
  links: 'Links in Antworten öffnen sich in deinem Browser, und nur, wenn du sie anklickst.',
  programs:
    'Andere Programme auf diesem Rechner können das Modell um Antworten bitten, solange du das in den Einstellungen eingeschaltet hast. Von außerhalb dieses Rechners wird nichts angenommen.',
  kept: (days) =>
    `Deine Unterhaltungen liegen in einer Datei in deinem eigenen Ordner. Löschst du eine, lässt sie sich ${days} Tage lang zurückholen; danach, oder sobald du sie endgültig löschst, verschwindet sie auch aus dieser Datei.`,
  requests: 'Gestellte Anfragen',
  forget: 'Liste leeren',
  reading: 'Die Liste wird gelesen …',
  none: 'Bisher keine.',
  last: (requests) =>
    `${requests === 1 ? 'Die letzte' : `Die letzten ${requests}`}, neueste zuerst; höchstens 500 werden aufbewahrt.`,
  columns: { when: 'Wann', asked: 'Gefragt', why: 'Wozu', answer: 'Antwort' },
  toLookUp: (subject) => `Um ${subject} nachzuschlagen`,
  toDownload: (subject) => `Um ${subject} herunterzuladen`,
  noAnswer: 'keine Antwort',
  sentOn: 'weitergeleitet',
  refused: (status) => `abgelehnt (${status})`,
  underWay: 'läuft noch',
}
