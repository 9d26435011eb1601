/** In UTF-16 units: a text of more that is pasted may rather be a file. */
const LONG = 4000

interface Clipboard {
  files: ArrayLike<File>
  getData: (type: string) => string
}

/** The files in a clipboard that are meant; programs put a picture of a text beside the text. */
export function pastedFiles(clipboard: Clipboard): File[] {
  const all = Array.from(clipboard.files)
  const isPicture = all.every(({ type }) => type.startsWith('image/'))
  return isPicture && clipboard.getData('text/plain') !== '' ? [] : all
}

/** A long text, as it stands in a text field once it is pasted; null for a short one. */
export function longText(clipboard: Pick<Clipboard, 'getData'>): string | null {
  const text = clipboard.getData('text/plain').replaceAll(/\r\n?/g, '\n')
  return text.length > LONG ? text : null
}

/** `text` without the first `part` of it. */
export function without(text: string, part: string): string {
  const at = text.indexOf(part)
  return at < 0 ? text : text.slice(0, at) + text.slice(at + part.length)
}
