import { counted, number } from './formats.ts'

const WHY = {
  binary: 'is no text file; only text can be attached',
  empty: 'is empty',
  large: 'is larger than the 1 MB of text that can be attached',
  unreadable: 'could not be read',
  many: 'is one too many: a message can have 20 files',
} as const

/** Sentences of renderer/attachments. */
export const attachments = {
  attach: 'Attach text files',
  files: 'Files of this message',
  open: (name: string) => `Show ${name}`,
  remove: (name: string) => `Remove ${name}`,
  tokens: (tokens: number) => counted(tokens, { one: 'token', other: 'tokens' }),
  reading: 'Reading…',
  refused: (files: readonly { name: string; why: keyof typeof WHY }[]) => {
    const named = files.slice(0, 3).map(({ name, why }) => `“${name}” ${WHY[why]}.`)
    const left = files.length - named.length
    return [...named, ...(left > 0 ? [`${number(left)} more could not be attached.`] : [])].join(' ')
  },
  pastedName: 'Pasted text.txt',
  pasted: (length: number) => `What you pasted is long: ${number(length)} characters.`,
  makeFile: 'Attach it as a file',
  contents: (name: string) => `Contents of ${name}`,
  loading: 'Opening…',
  copy: 'Copy all of it',
  close: 'Close',
  gone: 'This file could not be opened.',
  drop: 'Drop text files to attach them, or a model’s folder or GGUF file to add it',
  tooLong: (tokens: number, over: number) =>
    `With its files this message takes about ${number(tokens)} tokens, ${number(over)} more than the model reads. Remove a file or shorten the text to send it.`,
}
