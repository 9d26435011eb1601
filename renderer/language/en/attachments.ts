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
  tokens: (tokens: number) => `${tokens.toLocaleString('en')} token${tokens === 1 ? '' : 's'}`,
  reading: 'Reading…',
  refused: (files: readonly { name: string; why: keyof typeof WHY }[]) => {
    const named = files.slice(0, 3).map(({ name, why }) => `“${name}” ${WHY[why]}.`)
    const left = files.length - named.length
    return [...named, ...(left > 0 ? [`${left} more could not be attached.`] : [])].join(' ')
  },
  pastedName: 'Pasted text.txt',
  pasted: (length: number) => `What you pasted is long: ${length.toLocaleString('en')} characters.`,
  makeFile: 'Attach it as a file',
  contents: (name: string) => `Contents of ${name}`,
  loading: 'Opening…',
  copy: 'Copy all of it',
  close: 'Close',
  gone: 'This file could not be opened.',
  drop: 'Drop text files to attach them, or a model’s folder or GGUF file to add it',
  dropOnModels: 'Drop a model’s folder or a GGUF file to add it',
  tooLong: (tokens: number, over: number, hasFiles: boolean) =>
    hasFiles
      ? `With its files this message takes about ${tokens.toLocaleString('en')} tokens, ${over.toLocaleString('en')} more than the model reads. Remove a file or shorten the text to send it.`
      : `This message alone takes ${tokens.toLocaleString('en')} tokens, ${over.toLocaleString('en')} more than the model reads. Shorten it to send it.`,
}
