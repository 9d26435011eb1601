import { closeSync } from 'node:fs'
import path from 'node:path'
import { DepthwiseError } from '../../common/errors.ts'
import { openFile } from '../file.ts'
import type { MetadataValue } from './header-reader.ts'
import { HeaderReader } from './header-reader.ts'

/** The metadata of a GGUF file, by key. */
export class Metadata {
  private readonly place: string
  private readonly entries: ReadonlyMap<string, MetadataValue>

  constructor(place: string, entries: ReadonlyMap<string, MetadataValue>) {
    this.place = place
    this.entries = entries
  }

  has(key: string): boolean {
    return this.entries.has(key)
  }

  /** @throws DepthwiseError MODEL_CONFIG where it is none */
  number(key: string): number | undefined {
    const value = this.entries.get(key)
    if (value === undefined || typeof value === 'number') return value
    throw this.wrong(key, 'it is no number')
  }

  /** @throws DepthwiseError MODEL_CONFIG where it is none */
  text(key: string): string | undefined {
    const value = this.entries.get(key)
    if (value === undefined || typeof value === 'string') return value
    throw this.wrong(key, 'it is no text')
  }

  flag(key: string): boolean | undefined {
    const value = this.entries.get(key)
    if (value === undefined || typeof value === 'boolean') return value
    throw this.wrong(key, 'it is neither true nor false')
  }

  /** @throws DepthwiseError MODEL_CONFIG where it is missing, or no number */
  needed(key: string): number {
    const value = this.number(key)
    if (value !== undefined) return value
    throw this.wrong(key, 'it is missing')
  }

  /** The texts of a list. @throws DepthwiseError MODEL_CONFIG where they are none, MODEL_WEIGHTS where the file has changed */
  texts(key: string): string[] | undefined {
    return this.items(key, (value) => typeof value === 'string', 'texts') as string[] | undefined
  }

  /** The numbers of a list. @throws as texts */
  numbers(key: string): number[] | undefined {
    return this.items(key, (value) => typeof value === 'number', 'numbers') as number[] | undefined
  }

  /** How many values a list has. */
  lengthOf(key: string): number | undefined {
    const value = this.entries.get(key)
    return typeof value === 'object' ? value.length : undefined
  }

  /** The error of a value that is wrong. */
  wrong(key: string, why: string, code: 'MODEL_CONFIG' | 'MODEL_UNSUPPORTED' = 'MODEL_CONFIG'): DepthwiseError {
    const message = `The file ${path.basename(this.place)} has a value at ${key} that cannot be used: ${why}.`
    return new DepthwiseError(code, message, { detail: key })
  }

  private items(key: string, is: (value: unknown) => boolean, what: string): (string | number)[] | undefined {
    const list = this.entries.get(key)
    if (list === undefined) return undefined
    if (typeof list !== 'object') throw this.wrong(key, 'it is no list')
    const { fd, size } = openFile(this.place, 'MODEL_NOT_FOUND', path.basename(this.place))
    try {
      const items = new HeaderReader(fd, size, (what) => this.wrong(key, `it ${what}`)).items(list)
      if (!items.every(is)) throw this.wrong(key, `it is no list of ${what}`)
      return items
    } finally {
      closeSync(fd)
    }
  }
}
