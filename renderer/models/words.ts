import type { Download, LibraryModel, Look, Memory } from '../../electron/contract/models.ts'
import type { PrecisionChoice } from '../../electron/contract/values.ts'
import { count, parameters } from '../ui/words.ts'

/** A number and its unit stay on one line. */
const TOGETHER = '\u00a0'
const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const

/** In decimal units, as the Hub gives them. */
export function bytes(value: number): string {
  const power = value < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value * 1.0005) / 3))
  const scaled = value / 1000 ** power
  const unit = UNITS[power]!
  if (power === 0) return count(value, 'byte')
  return `${power < 3 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)}${TOGETHER}${unit}`
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))}${TOGETHER}s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes}${TOGETHER}min`
  return `${Math.floor(minutes / 60)}${TOGETHER}h ${minutes % 60}${TOGETHER}min`
}

/** What a model is, in one sentence. */
export function kind({ chat, thinking, parameters: total }: Pick<Look, 'chat' | 'thinking' | 'parameters'>): string {
  const size = total === null ? '' : ` of ${parameters(total)}`
  if (!chat) return `A model${size} that continues texts.`
  return `A chat model${size}${thinking ? ' that can think before it answers' : ''}.`
}

export const ORIGINS: Readonly<Record<LibraryModel['origin'], string>> = {
  'built-in': 'Built in',
  folder: 'Added folder',
  hub: 'Downloaded',
  'hub-cache': 'Hugging Face cache',
  gguf: 'GGUF file',
}

export interface Need {
  precision: PrecisionChoice
  /** Bytes at budget 0 and at budget 100. */
  least: number
  most: number
  fits: 'well' | 'barely' | 'not'
}

/** Above this share of the machine's memory the system and other programs begin to suffer. */
const COMFORTABLE = 0.8

/** What a model needs of `machine` bytes of memory; at 4 bits, unless `precision` is given, where 8 do not fit. */
export function need(memory: Memory, machine: number, precision?: PrecisionChoice): Need {
  const at = (precision: PrecisionChoice): Need => {
    const least = memory.weights[precision] + memory.kvAtLeast
    const most = memory.weights[precision] + memory.kvAtMost
    return { precision, least, most, fits: most <= COMFORTABLE * machine ? 'well' : most <= machine ? 'barely' : 'not' }
  }
  if (precision !== undefined) return at(precision)
  const fine = at('int8')
  return fine.fits === 'well' ? fine : at('int4')
}

export function needed({ least, most, fits }: Need, memory: Memory, machine: number): string {
  const both = least === most ? bytes(most) : `${bytes(least)} at budget 0, ${bytes(most)} at budget 100`
  const sentence = `Needs ${both} of this machine’s ${bytes(machine)} of memory, for ${count(memory.context, 'token')} of conversation.`
  if (fits === 'well') return sentence
  if (fits === 'barely') return `${sentence} That leaves little for other programs.`
  if (least < machine) return `${sentence} At high budgets that is more than this machine has.`
  return `${sentence} That is more than this machine has.`
}

/** How a download stands. */
export function standing({ phase, bytes: here, total, bytesPerSecond, secondsLeft }: Download): string {
  const amount = total === null ? bytes(here) : `${bytes(here)} of ${bytes(total)}`
  switch (phase) {
    case 'listing':
      return 'Asking for the list of files…'
    case 'downloading': {
      const speed = bytesPerSecond === null ? [] : [`${bytes(bytesPerSecond)} a second`]
      const left = secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]
      return [amount, ...speed, ...left].join(' · ')
    }
    case 'verifying':
      return 'Checking what has arrived…'
    case 'paused':
      return `Paused · ${amount}`
    case 'failed':
      return `Stopped · ${amount}`
    case 'done':
      return `Done · ${amount}`
  }
}

/** Of a download, 0 to 1; null where it cannot be told. */
export const share = ({ bytes: here, total }: Download): number | null =>
  total === null || total === 0 ? null : Math.min(1, here / total)

/** What is removed with a model, and what stays. */
export function removal({ removal, name, bytesOnDisk, folder, current }: LibraryModel): string[] {
  const after = current ? ['It is the model in use: the built-in one takes its place.'] : []
  if (removal === 'downloaded')
    return [
      `The ${bytes(bytesOnDisk)} that were downloaded for ${name}, and the form prepared for this machine, are removed from ${folder}.`,
      ...after,
      'Conversations with it are kept. It can be downloaded again.',
    ]
  return [
    `Depthwise forgets ${name} and removes the form that it prepared of it. The files in ${folder} stay as they are.`,
    ...after,
    'Conversations with it are kept. It can be added again.',
  ]
}

/** Name of the Hub's host, as it is said in sentences. */
export function hostOf(hub: string): string {
  return URL.canParse(hub) ? new URL(hub).host : hub
}

export const pageOf = (hub: string, repository: string): string => `${hub.replace(/\/+$/, '')}/${repository}`
