import type { Download, LibraryModel, Look, Memory } from '../../electron/contract/models.ts'
import type { PrecisionChoice } from '../../electron/contract/values.ts'
import { words } from '../language/language.svelte.ts'
import { count, parameters } from '../ui/words.ts'

/** Up to terabytes. */
const MOST_POWER = 4

/** In decimal units, as the Hub gives them. */
export function bytes(value: number): string {
  const power = value < 1000 ? 0 : Math.min(MOST_POWER, Math.floor(Math.log10(value * 1.0005) / 3))
  return power === 0 ? count(value, 'byte') : words().models.bytes(value / 1000 ** power, power)
}

export function duration(seconds: number): string {
  const { models } = words()
  if (seconds < 60) return models.seconds(Math.max(1, Math.round(seconds)))
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? models.minutes(minutes) : models.hours(Math.floor(minutes / 60), minutes % 60)
}

/** What a model is, in one sentence. */
export function kind({ chat, thinking, parameters: total }: Pick<Look, 'chat' | 'thinking' | 'parameters'>): string {
  const { models } = words()
  if (!chat) return total === null ? models.continues : models.continuesOf(parameters(total))
  return total === null ? models.chat(thinking) : models.chatOf(parameters(total), thinking)
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
  const { models } = words()
  const both = least === most ? bytes(most) : models.budgets(bytes(least), bytes(most))
  const sentence = models.needs(both, bytes(machine), memory.context)
  if (fits === 'well') return sentence
  if (fits === 'barely') return `${sentence} ${models.littleLeft}`
  if (least < machine) return `${sentence} ${models.tooMuchAtHigh}`
  return `${sentence} ${models.tooMuch}`
}

/** How a download stands. */
export function standing({ phase, bytes: here, total, bytesPerSecond, secondsLeft }: Download): string {
  const { models } = words()
  const amount = total === null ? bytes(here) : models.of(bytes(here), bytes(total))
  switch (phase) {
    case 'listing':
      return models.listing
    case 'downloading': {
      const speed = bytesPerSecond === null ? [] : [models.aSecond(bytes(bytesPerSecond))]
      const left = secondsLeft === null ? [] : [models.left(duration(secondsLeft))]
      return [amount, ...speed, ...left].join(' · ')
    }
    case 'verifying':
      return models.verifying
    case 'paused':
      return `${models.paused} · ${amount}`
    case 'failed':
      return `${models.stopped} · ${amount}`
    case 'done':
      return `${models.done} · ${amount}`
  }
}

/** Of a download, 0 to 1; null where it cannot be told. */
export const share = ({ bytes: here, total }: Download): number | null =>
  total === null || total === 0 ? null : Math.min(1, here / total)

/** What is removed with a model, and what stays. */
export function removal({ removal, name, bytesOnDisk, folder, current }: LibraryModel): string[] {
  const { models } = words()
  const after = current ? [models.wasCurrent] : []
  if (removal === 'downloaded')
    return [models.removed(bytes(bytesOnDisk), name, folder), ...after, models.downloadAgain]
  return [models.forgotten(name, folder), ...after, models.addAgain]
}

/** Name of the Hub's host, as it is said in sentences. */
export function hostOf(hub: string): string {
  return URL.canParse(hub) ? new URL(hub).host : hub
}

export const pageOf = (hub: string, repository: string): string => `${hub.replace(/\/+$/, '')}/${repository}`
