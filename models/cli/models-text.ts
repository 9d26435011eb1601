import type { DownloadNews } from '../hub/download.ts'
import type { CatalogueEntry } from '../library/catalogue.ts'
import type { Model } from '../library/library.ts'
import type { Look } from '../library/look.ts'
import type { Memory } from '../library/memory.ts'

/** What is printed of models; one line each, with tabs between for other programs to cut at. */
export function modelLine({ id, name, bytesOnDisk, problem, folder, memory }: Model): string {
  const state = problem ? `cannot be used: ${problem.message}` : memoryText(memory)
  return [id, name, size(bytesOnDisk), state, folder].join('\t')
}

export function catalogueLine({ repository, bytes, licence, memory, adjustable, why }: CatalogueEntry): string {
  return [repository, size(bytes), licence ?? '', memoryText(memory), adjustable ? 'slider' : 'no slider', why].join(
    '\t',
  )
}

/** What is known of a repository before its download. */
export function lookText(look: Look): string {
  const { repository, revision, licence, bytes, slider, memory, notes, parameters } = look
  return [
    `${repository} at ${revision.slice(0, 12)}: ${size(bytes)}, licence ${licence ?? 'not stated'}` +
      (parameters === null ? '.' : `, ${(parameters / 1e9).toFixed(2)} billion parameters.`),
    slider,
    ...(memory ? [`It takes ${memoryText(memory)}.`] : []),
    ...notes,
  ].join('\n')
}

function memoryText(memory: Memory | null): string {
  if (!memory) return 'memory unknown'
  const { weights, kvAtLeast, kvAtMost, context } = memory
  const kv = kvAtLeast === kvAtMost ? size(kvAtMost) : `${size(kvAtLeast)} to ${size(kvAtMost)}`
  return `${size(weights.int8)} (4 bits: ${size(weights.int4)}) and ${kv} for ${context} tokens`
}

/** A line of progress: how far, how fast, how long. */
export function progressLine({ phase, bytes, total, waiting }: DownloadNews, perSecond: number | null): string {
  if (waiting !== null) return waiting
  if (phase === 'listing' || total === null) return 'Asking the Hub …'
  const share = total === 0 ? 100 : Math.floor((100 * bytes) / total)
  const what = phase === 'verifying' ? 'comparing hashes' : `${size(bytes)} of ${size(total)}`
  const speed = perSecond ? `, ${size(perSecond)} a second, ${time((total - bytes) / perSecond)} left` : ''
  return `${share} %: ${what}${phase === 'verifying' ? '' : speed}`
}

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`
}

function time(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  if (whole < 90) return `${whole} s`
  return whole < 5400 ? `${Math.round(whole / 60)} min` : `${(whole / 3600).toFixed(1)} h`
}
