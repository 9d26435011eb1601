import type { PaceMode } from '../../../models/common/values.ts'
import { number } from './formats.ts'

const NAMES: Record<'hand' | PaceMode, string> = { hand: 'By hand', hold: 'Hold a speed', quiet: 'Quiet' }

/** Short, for a line of its own under the slider. */
const rate = (speed: number): string => `${number(speed)} ${speed === 1 ? 'token' : 'tokens'}/s`

/** Sentences of renderer/pace. */
export const pace = {
  names: NAMES,
  battery: 'On battery',
  /** Of the button that opens the choice. */
  button: (name: string) => `Pace: ${name}`,
  choice: 'Pace',
  more: 'More: budget, colours, context',
  what: {
    hand: 'You do: the slider stays where you leave it.',
    hold: 'Each answer gets the most budget at which it is still so fast.',
    quiet: 'Slow and shallow: the processor rests between tokens.',
  } satisfies Record<'hand' | PaceMode, string>,
  atLeast: 'Hold at least, tokens a second',
  atMost: 'At most, tokens a second',
  quietBudget: 'Budget at most, percent',
  onBattery: 'While this machine runs on its battery',
  batteryChoices: { same: 'As above', quiet: 'Quiet', lower: 'A lower budget' },
  batteryBudget: 'Budget on battery at most, percent',
  plugged: 'It is plugged in now.',
  unplugged: 'It runs on its battery now.',
  noBattery: 'No battery is known of here. Outside Linux only the desktop app can tell, not a browser.',
  /** No budget decides about this model. */
  oneDepth: 'Every token of this model takes the same depth, so there is no budget to choose a speed by.',
  said: {
    holdNext: (speed: number) => `Hold: ${rate(speed)}, from the next answer on`,
    measuring: (speed: number) => `Hold: measuring what ${rate(speed)} needs`,
    held: (speed: number, budget: string) => `Hold: ${rate(speed)} needs budget ${budget}`,
    heldAtFull: (speed: number) => `Hold: ${rate(speed)} leaves room for all the budget`,
    tooSlow: (speed: number, measured: string) => `Too slow to hold ${rate(speed)}: ${measured} at budget 0%`,
    quiet: (speed: number, budget: string) => `Quiet: at most ${rate(speed)} and budget ${budget}`,
    lower: (budget: string) => `Budget at most ${budget}`,
    onBattery: (sentence: string) => `On battery. ${sentence}`,
    takenOver: 'By hand again, as you moved the slider',
  },
}
