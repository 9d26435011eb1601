import * as v from 'valibot'
import { AttachmentSchema, IdSchema } from './values.ts'

/** In bytes of UTF-8: the longest text file that is attached; with a model's usual three to four bytes a token beyond any context. */
export const LARGEST_ATTACHMENT = 2 ** 20
/** Of one message. */
export const MOST_ATTACHMENTS = 20

const NameSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(255))

/** A file's name and what is in it. */
export const FileTextSchema = v.strictObject({
  name: NameSchema,
  text: v.pipe(v.string(), v.minLength(1), v.maxLength(LARGEST_ATTACHMENT)),
})
export type FileText = v.InferOutput<typeof FileTextSchema>

export const AttachmentIdsSchema = v.pipe(v.array(IdSchema), v.maxLength(MOST_ATTACHMENTS))

export const ATTACHMENT_CALLS = {
  /** Keeps a file, which goes with the next start unless a draft or a message has it by then. */
  'attachment.add': { params: FileTextSchema, result: AttachmentSchema },
  'attachment.read': {
    params: v.strictObject({ id: IdSchema }),
    result: v.strictObject({ ...AttachmentSchema.entries, text: v.string() }),
  },
} as const

/** A file as a model reads it: its name, and its text in a fence that is longer than any in it. */
export function fenced({ name, text }: FileText): string {
  let longest = 2
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  const fence = '`'.repeat(longest + 1)
  const language = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return `File: ${name}\n${fence}${language}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`
}

/** A turn as a model reads it: its files before what was written. */
export function withFiles(files: readonly FileText[], text: string): string {
  return [...files.map(fenced), ...(text.trim() === '' ? [] : [text])].join('\n\n')
}
