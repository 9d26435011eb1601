import type { Words } from '../en/index.ts'
import { fixed } from './formats.ts'
import { ui } from './ui.ts'

/** A number and its unit stay on one line. */
const TOGETHER = '\u00a0'

export const models: Words['models'] = {
  title: 'Modelle',
  looking: 'Die Modelle dieses Rechners werden durchgesehen …',
  machine: 'Auf diesem Rechner',
  recommended: 'Empfohlen',
  add: 'Hinzufügen',
  kept: (folder) => `Downloads liegen in ${folder}.`,
  keptWithRoom: (folder, free) => `Downloads liegen in ${folder}, wo ${free} frei sind.`,

  inDepthwise: 'In Depthwise',
  found: 'Auf diesem Rechner gefunden',
  foundAbout:
    'Diese gehören anderen Programmen: den Hugging-Face-Werkzeugen, LM Studio oder Ollama. Sie werden benutzt, wo sie liegen.',
  withDepth: 'Mit wählbarer Tiefe',
  withDepthAbout: (host) =>
    `Der Regler bestimmt, wie viel über jedes Wort nachgedacht wird. ${host} wird nichts gefragt, bis du auf „Herunterladen“ drückst.`,
  oneDepth: 'Mit einer einzigen Tiefe',
  oneDepthAbout: 'Jedes Wort kostet gleich viel; gut zum Vergleichen, und die kleinsten sind überall schnell.',

  fromMachine: 'Von diesem Rechner',
  fromMachineAbout:
    'Ein Ordner, wie er veröffentlicht oder vorbereitet wurde, oder eine GGUF-Datei. Das Modell wird benutzt, wo es liegt.',
  fromMachineDropped:
    'Ein Ordner, wie er veröffentlicht oder vorbereitet wurde, oder eine GGUF-Datei. Das Modell wird benutzt, wo es liegt; du kannst es auch irgendwo auf diesem Fenster ablegen.',
  chooseFolder: 'Ordner auswählen …',
  path: 'Pfad eines Ordners oder einer GGUF-Datei',
  addPath: 'Hinzufügen',
  pathInstead: 'Ein Browser verrät nicht, wo eine abgelegte Datei liegt: Gib stattdessen hier ihren Pfad an.',
  dropHere: 'Lege den Ordner eines Modells oder eine GGUF-Datei ab, um sie hinzuzufügen',

  fromHub: 'Von Hugging Face',
  fromHubAbout: (host) => [
    'Depthwise holt nichts aus dem Netz, bis du auf einen Knopf drückst:',
    `fragt ${host} nach der Liste der Dateien und nach den kleinen, die das Modell beschreiben,`,
    'nach seinen Gewichten.',
  ],
  repository: 'Repository, mit Namen oder Adresse',
  revision: 'Revision',
  look: 'Nachsehen',
  asking: (host) => `${host} wird gefragt …`,
  withAccount: 'Modelle, für die man ein Konto braucht',
  accept: [
    'Nimm die Bedingungen auf der',
    'Seite des Modells',
    ' an, gib Depthwise dann ein Token deines Kontos mit Leserecht und versuche es noch einmal.',
  ],
  tokenKept: (host) => `Ein Token für ${host} liegt im Schlüsselbund dieses Systems.`,
  forgetToken: 'Vergessen',
  tokenOfEnvironment: 'Benutzt wird das Token aus HF_TOKEN oder das der Hugging-Face-Werkzeuge auf diesem Rechner.',
  token: 'Token',
  keepToken: 'Behalten',
  tokenGoes: (host) =>
    `Der Schlüsselbund dieses Systems bewahrt es auf; es wird an ${host} gesendet und sonst nirgendwohin.`,
  noKeychain:
    'Hier hat Depthwise keinen Schlüsselbund für ein Token: Setze HF_TOKEN vor dem Start, oder melde dich mit den Hugging-Face-Werkzeugen an.',

  slider: 'Regler:',
  inUse: 'In Gebrauch',
  origins: {
    'built-in': 'Eingebaut',
    folder: 'Hinzugefügter Ordner',
    hub: 'Heruntergeladen',
    'hub-cache': 'Hugging-Face-Cache',
    gguf: 'GGUF-Datei',
  },
  onDisk: (bytes) => `${bytes} auf der Festplatte`,
  speedHere: (speed) => `${speed} Token je Sekunde hier`,
  tryAgain: 'Noch einmal versuchen',
  moment: 'Einen Moment …',
  use: 'Benutzen',
  useModel: (name) => `${name} benutzen`,
  showFolder: (name) => `Den Ordner von ${name} zeigen`,
  forget: (name) => `${name} vergessen`,
  delete: (name) => `${name} löschen`,
  asFits: 'Wie es passt',
  asFitsNow: (bits) => `Wie es passt: ${bits}`,
  weightsOf: (name) => `Gewichte von ${name}`,

  toDownload: (bytes) => `${bytes} Download`,
  whenPrepared: (bytes, bits) => `${bytes} mehr, mit ${bits} vorbereitet`,
  free: (bytes) => `${bytes} frei`,
  commit: (revision) => `Commit ${revision}`,
  noLicence: 'keine Lizenz angegeben',
  tight: 'Das ist mehr, als auf dieser Festplatte frei ist.',
  ofNoUse: 'Hier wäre es nicht zu gebrauchen.',
  gated: 'Dafür braucht man ein Konto, mit dem die Bedingungen angenommen wurden.',
  itsTerms: 'Zu den Bedingungen, die vorher anzunehmen sind',
  itsPage: 'Zur Seite des Modells',
  onMachineModel: (name) => `Auf diesem Rechner: ${name}`,
  beingDownloaded: 'Wird heruntergeladen',
  download: 'Herunterladen',
  downloadModel: (name) => `${name} herunterladen`,

  downloads: 'Downloads',
  downloadOf: (repository) => `Download von ${repository}`,
  downloadedOf: (repository) => `Heruntergeladen von ${repository}`,
  retry: 'Wiederholen',
  retryOne: (repository) => `${repository}: noch einmal versuchen`,
  goOn: (repository) => `${repository}: fortsetzen`,
  pause: (repository) => `${repository}: anhalten`,
  cancel: (repository) => `${repository}: abbrechen`,
  cancelTitle: 'Diesen Download abbrechen?',
  cancelAbout: (bytes, repository) =>
    `Was von ${repository} schon da ist (${bytes}), wird entfernt. Willst du später weitermachen, halte ihn stattdessen an.`,
  keep: 'Behalten',
  cancelDownload: 'Download abbrechen',
  arrived: (repository) => `${repository} ist jetzt auf diesem Rechner.`,

  forgetTitle: (name) => `${name} vergessen?`,
  deleteTitle: (name) => `${name} löschen?`,
  forgetIt: 'Vergessen',
  deleteIt: 'Löschen',
  wasCurrent: 'Es ist das Modell in Gebrauch: Das eingebaute tritt an seine Stelle.',
  removed: (bytes, name, folder) =>
    `Was für ${name} heruntergeladen wurde (${bytes}) und die für diesen Rechner vorbereitete Form werden aus ${folder} entfernt.`,
  downloadAgain: 'Unterhaltungen damit bleiben erhalten. Es kann wieder heruntergeladen werden.',
  forgotten: (name, folder) =>
    `Depthwise vergisst ${name} und entfernt die Form, die es davon vorbereitet hat. Die Dateien in ${folder} bleiben, wie sie sind.`,
  addAgain: 'Unterhaltungen damit bleiben erhalten. Es kann wieder hinzugefügt werden.',

  bytes: (scaled, power) =>
    `${fixed(scaled, power < 3 || scaled >= 100 ? 0 : 1)}${TOGETHER}${['kB', 'MB', 'GB', 'TB'][power - 1]}`,
  seconds: (seconds) => `${seconds}${TOGETHER}s`,
  minutes: (minutes) => `${minutes}${TOGETHER}min`,
  hours: (hours, minutes) => `${hours}${TOGETHER}h ${minutes}${TOGETHER}min`,
  continues: 'Ein Modell, das Texte fortsetzt.',
  continuesOf: (parameters) => `Ein Modell mit ${parameters}n, das Texte fortsetzt.`,
  chat: (thinks) => `Ein Chat-Modell${thinks ? ', das vor der Antwort nachdenken kann' : ''}.`,
  chatOf: (parameters, thinks) =>
    `Ein Chat-Modell mit ${parameters}n${thinks ? ', das vor der Antwort nachdenken kann' : ''}.`,
  budgets: (least, most) => `${least} bei Budget 0, ${most} bei Budget 100`,
  needs: (need, machine, tokens) =>
    `Braucht ${need} von den ${machine} Arbeitsspeicher dieses Rechners, für ${ui.counted.token(tokens)} Unterhaltung.`,
  littleLeft: 'Damit bleibt wenig für andere Programme.',
  tooMuchAtHigh: 'Bei hohem Budget ist das mehr, als dieser Rechner hat.',
  tooMuch: 'Das ist mehr, als dieser Rechner hat.',

  listing: 'Nach der Liste der Dateien wird gefragt …',
  verifying: 'Was angekommen ist, wird geprüft …',
  of: (here, total) => `${here} von ${total}`,
  aSecond: (bytes) => `${bytes} je Sekunde`,
  left: (time) => `noch ${time}`,
  paused: 'Angehalten',
  stopped: 'Abgebrochen',
  done: 'Fertig',
}
