import { TUNING_TEXT } from '../../electron/contract/tuning.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import { formats, words } from '../language/language.svelte.ts'

export interface TuningText {
  name: string
  content: string
}

/** UTF-8 takes no more of them for a character. */
const BYTES_PER_UNIT = 4

/** The beginning of a text file. @throws DepthwiseError BAD_ARGUMENT where it is no text, or too short */
export async function readTuningText(file: Pick<File, 'name' | 'slice'>): Promise<TuningText> {
  const bytes = await file.slice(0, TUNING_TEXT.most * BYTES_PER_UNIT).arrayBuffer()
  const content = decoded(bytes)
  const name = file.name.slice(0, 255)
  if (content === null || content.includes('\0'))
    throw new DepthwiseError('BAD_ARGUMENT', words().tune.noText(name), { detail: name })
  if (content.trim().length < TUNING_TEXT.least)
    throw new DepthwiseError('BAD_ARGUMENT', words().tune.tooShort(name, formats().number(TUNING_TEXT.least)), {
      detail: name,
    })
  return { name, content: content.slice(0, TUNING_TEXT.most).toWellFormed() }
}

function decoded(bytes: ArrayBuffer): string | null {
  try {
    // a character that is cut in two at the end is left out
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
  } catch {
    return null
  }
}
