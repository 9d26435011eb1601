import type { Words } from '../en/index.ts'
import { number, percent } from './formats.ts'

const rate = (speed: number): string => `${number(speed)} Token/s`
const need = (speed: number): string => (speed === 1 ? 'braucht' : 'brauchen')

export const pace: Words['pace'] = {
  names: { hand: 'Von Hand', hold: 'Tempo halten', quiet: 'Leise' },
  battery: 'Im Akkubetrieb',
  button: (name) => `Tempo: ${name}`,
  choice: 'Tempo',
  more: 'Mehr: Budget, Farben, Kontext',
  what: {
    hand: 'Du: Der Regler bleibt, wo du ihn hinstellst.',
    hold: 'Jede Antwort bekommt das höchste Budget, bei dem sie noch so schnell ist.',
    quiet: 'Langsam und flach: Der Prozessor ruht zwischen den Token.',
  },
  atLeast: 'Mindestens halten, Token pro Sekunde',
  atMost: 'Höchstens, Token pro Sekunde',
  quietBudget: 'Budget höchstens, Prozent',
  onBattery: 'Solange dieser Rechner mit dem Akku läuft',
  batteryChoices: { same: 'Wie oben', quiet: 'Leise', lower: 'Ein kleineres Budget' },
  batteryBudget: 'Budget im Akkubetrieb höchstens, Prozent',
  plugged: 'Gerade hängt er am Netz.',
  unplugged: 'Gerade läuft er mit dem Akku.',
  noBattery:
    'Hier ist von keinem Akku etwas bekannt. Außer unter Linux weiß das nur die Desktop-App, nicht der Browser.',
  oneDepth:
    'Jedes Token dieses Modells nimmt dieselbe Tiefe; es gibt kein Budget, mit dem sich ein Tempo wählen ließe.',
  said: {
    holdNext: (speed) => `Tempo halten: ${rate(speed)}, ab der nächsten Antwort`,
    measuring: (speed) => `Tempo halten: misst, was ${rate(speed)} ${need(speed)}`,
    held: (speed, budget) => `Tempo halten: ${rate(speed)} ${need(speed)} Budget ${budget}`,
    heldAtFull: (speed) => `Tempo halten: ${rate(speed)}, mit dem ganzen Budget`,
    tooSlow: (speed, measured) => `Zu langsam für ${rate(speed)}: ${measured} bei Budget ${percent(0)}`,
    quiet: (speed, budget) => `Leise: höchstens ${rate(speed)} und Budget ${budget}`,
    lower: (budget) => `Budget höchstens ${budget}`,
    onBattery: (sentence) => `Im Akkubetrieb. ${sentence}`,
    takenOver: 'Wieder von Hand, weil du den Regler bewegt hast',
  },
}
