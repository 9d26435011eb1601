import * as v from 'valibot'
import type { PortableConversation, PortableHead } from '../../electron/contract/portable.ts'
import {
  LONGEST_CONVERSATION,
  PORTABLE_VERSION,
  PortableConversationSchema,
  PortableHeadSchema,
} from '../../electron/contract/portable.ts'
import { words } from '../language/language.svelte.ts'
import { ChatGptSchema, fromChatGpt } from './chatgpt.ts'
import { fromLmStudio, LmStudioSchema } from './lm-studio.ts'
import type { Piece } from './splitter.ts'
import { JsonSplitter } from './splitter.ts'

/** In bytes; other programs keep much beside the texts. */
const LONGEST_ENTRY = 4 * LONGEST_CONVERSATION
/** So long the window may be kept from drawing, in milliseconds. */
const BUSY_MS = 25
const LONGEST_TITLE = 200

/** A conversation of a file, or why there is none; `title` says which it is. */
export type Read =
  | { kind: 'conversation'; conversation: PortableConversation }
  | { kind: 'skipped'; title: string; why: string }
  /** Names of folders, which come before the conversations. */
  | { kind: 'folders'; names: readonly string[] }

/** The part of a `File` that is used. */
export interface Source {
  name: string
  size: number
  stream: () => ReadableStream<Uint8Array>
}

/**
 * Reads a file of conversations, of whatever program it is, without ever holding all of it.
 * @param told gets how many bytes have been read so far
 */
export async function* readConversations(file: Source, told: (bytes: number) => void): AsyncGenerator<Read> {
  const splitter = new JsonSplitter(LONGEST_ENTRY)
  const reader = new Reader(file.name)
  const chunks = file.stream().getReader()
  let bytes = 0
  let since = performance.now()
  try {
    for (;;) {
      const { done, value } = await chunks.read()
      for (const piece of done ? splitter.end() : splitter.push(value)) {
        yield* reader.read(piece)
        if (piece.kind === 'zip' || piece.kind === 'not-json') return
      }
      if (done) return
      bytes += value.length
      told(bytes)
      if (performance.now() - since < BUSY_MS) continue
      await new Promise((resolve) => setTimeout(resolve))
      since = performance.now()
    }
  } finally {
    await chunks.cancel().catch(() => undefined)
  }
}

/** Makes conversations of the pieces of one file. */
class Reader {
  private readonly fileName: string
  private place = 0
  private head: PortableHead | null = null

  constructor(fileName: string) {
    this.fileName = fileName
  }

  *read(piece: Piece): Generator<Read> {
    switch (piece.kind) {
      case 'entry':
        this.place += 1
        if (piece.head && !this.head) yield* this.begin(piece.head)
        yield this.convert(parse(piece.bytes), words().exchange.place(this.place, this.fileName))
        return
      case 'whole':
        if (piece.entries === 0) yield* this.whole(parse(piece.bytes))
        return
      case 'too-large':
        yield this.skipped(words().exchange.place(this.place + 1, this.fileName), words().exchange.tooLarge)
        return
      case 'zip':
        yield this.skipped(this.fileName, words().exchange.packed)
        return
      case 'not-json':
        yield this.skipped(this.fileName, words().exchange.notOfConversations)
        return
      case 'truncated':
        yield this.skipped(this.fileName, words().exchange.truncated)
    }
  }

  private *begin(bytes: Uint8Array): Generator<Read> {
    const head = v.safeParse(PortableHeadSchema, parse(bytes))
    if (!head.success) return
    this.head = head.output
    yield { kind: 'folders', names: head.output.folders }
  }

  private *whole(value: unknown): Generator<Read> {
    const isEmpty = Array.isArray(value) || v.is(PortableHeadSchema, value)
    yield isEmpty ? this.skipped(this.fileName, words().exchange.noConversation) : this.convert(value, this.fileName)
  }

  private convert(value: unknown, place: string): Read {
    const title = titleIn(value) ?? place
    if (value === undefined) return this.skipped(place, words().exchange.damaged)
    if (this.head && this.head.version > PORTABLE_VERSION) return this.skipped(title, words().exchange.newer)
    const made = this.head ? v.safeParse(PortableConversationSchema, value) : foreign(value)
    if (made === null) return this.skipped(title, words().exchange.unknown)
    if (!made.success) return this.skipped(title, words().exchange.wrong(problemOf(made.issues)))
    const conversation = made.output
    if (conversation.messages.length === 0 && conversation.origin !== null)
      return this.skipped(title, words().exchange.empty)
    conversation.title = conversation.title.trim().slice(0, LONGEST_TITLE) || words().exchange.untitled
    if (new Blob([JSON.stringify(conversation)]).size > LONGEST_CONVERSATION)
      return this.skipped(title, words().exchange.tooLarge)
    return { kind: 'conversation', conversation }
  }

  private skipped(title: string, why: string): Read {
    return { kind: 'skipped', title, why }
  }
}

type Made = { success: true; output: PortableConversation } | { success: false; issues: Issues }
type Issues = readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]

/** null where it is of no program that is known. */
function foreign(value: unknown): Made | null {
  if (typeof value !== 'object' || value === null) return null
  if ('mapping' in value) return convertWith(ChatGptSchema, fromChatGpt, value)
  return 'messages' in value ? convertWith(LmStudioSchema, fromLmStudio, value) : null
}

function convertWith<S extends v.GenericSchema>(
  schema: S,
  convert: (read: v.InferOutput<S>) => PortableConversation,
  value: unknown,
): Made {
  const read = v.safeParse(schema, value)
  return read.success ? v.safeParse(PortableConversationSchema, convert(read.output)) : read
}

function problemOf([issue]: Issues): string {
  return `${v.getDotPath(issue) ?? words().exchange.asAWhole}: ${issue.message}`.slice(0, 200)
}

/** undefined where it is not JSON. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

const TitledSchema = v.union([
  v.pipe(
    v.object({ title: v.pipe(v.string(), v.trim(), v.minLength(1)) }),
    v.transform(({ title }) => title),
  ),
  v.pipe(
    v.object({ name: v.pipe(v.string(), v.trim(), v.minLength(1)) }),
    v.transform(({ name }) => name),
  ),
])

function titleIn(value: unknown): string | null {
  const titled = v.safeParse(TitledSchema, value)
  return titled.success ? titled.output.slice(0, LONGEST_TITLE) : null
}

/** Whether a file that is dropped on the window is one of conversations, by its name. */
export const isOfConversations = (fileName: string): boolean => /conversation.*\.json$/i.test(fileName)
