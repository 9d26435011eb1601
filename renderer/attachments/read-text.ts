import { LARGEST_ATTACHMENT } from '../../electron/contract/attachments.ts'

/** Why a file cannot be attached. */
export type Refusal = 'binary' | 'empty' | 'large' | 'unreadable'

/** The part of a `File` that is used. */
export interface TextSource {
  name: string
  size: number
  arrayBuffer: () => Promise<ArrayBuffer>
}

/** So many of a text's characters may be control characters (those of terminals' colours, page breaks): one in so many. */
const ONE_CONTROL_IN = 50

/** The text in a file: UTF-8, with or without a mark of byte order, or UTF-16 with one. */
export async function readText(file: TextSource): Promise<{ text: string } | { refusal: Refusal }> {
  if (file.size === 0) return { refusal: 'empty' }
  // UTF-16 has up to twice the bytes
  if (file.size > 2 * LARGEST_ATTACHMENT + 2) return { refusal: 'large' }
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(await file.arrayBuffer())
  } catch {
    return { refusal: 'unreadable' }
  }
  const text = decode(bytes)
  if (text === null || !isText(text)) return { refusal: 'binary' }
  if (text.trim() === '') return { refusal: 'empty' }
  return new Blob([text]).size > LARGEST_ATTACHMENT ? { refusal: 'large' } : { text }
}

function decode(bytes: Uint8Array): string | null {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function isText(text: string): boolean {
  if (text.includes('\0')) return false
  const controls = text.match(/[\u0001-\u0008\u000b\u000e-\u001f\u007f]/g)?.length ?? 0
  return controls * ONE_CONTROL_IN <= text.length
}

/** `name`, with a number before its ending where another file of the message has it. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  for (let number = 2; ; number++) {
    const free = `${stem} (${number})${ending}`
    if (!taken.includes(free)) return free
  }
}

/** A name on one line, without what no file name has, its ending kept where it is very long. */
export function cleanName(name: string): string {
  const line = name.replaceAll(/\p{Cc}+/gu, ' ').trim() || 'file.txt'
  return line.length <= 200 ? line : `${line.slice(0, 180)}…${line.slice(-19)}`
}
