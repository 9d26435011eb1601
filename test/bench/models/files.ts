import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Raised whenever the same shapes would be written differently. */
const VERSION = 2

/** From the folder that commands are run in: benches are bundled, too. */
export const BUILT_IN = path.resolve('models/default')
export const TINY = path.resolve('test/models/tiny')

/** Where models of benches and what is prepared from them lie: they can be made again. */
export function benchFolder(): string {
  const folder = path.join(process.env.DEPTHWISE_CACHE ?? tmpdir(), `depthwise-bench-models-${VERSION}`)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Writes a file or folder once: what has the final name is complete. */
export function writtenOnce(place: string, write: (partial: string) => void): string {
  if (existsSync(place)) return place
  const partial = `${place}.${process.pid}.partial`
  rmSync(partial, { recursive: true, force: true })
  write(partial)
  renameSync(partial, place)
  return place
}

/** A file written from its beginning to its end. */
export class FileStream {
  length = 0
  private readonly fd: number

  constructor(file: string) {
    this.fd = openSync(file, 'wx')
  }

  write(data: ArrayBufferView): void {
    let rest = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    this.length += rest.length
    while (rest.length > 0) rest = rest.subarray(writeSync(this.fd, rest))
  }

  /** Fills up with zeros to a multiple of so many bytes. */
  align(bytes: number): void {
    this.write(new Uint8Array((bytes - (this.length % bytes)) % bytes))
  }

  close(): void {
    closeSync(this.fd)
  }
}
