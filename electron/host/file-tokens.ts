import type { Attachment } from '../contract/values.ts'
import { fenced } from '../contract/attachments.ts'
import type { Attachments } from '../history/attachments.ts'

/** In UTF-16 units: so much of a file is counted at a time at most, as the engine writes nothing while it counts. */
const [LEAST, MOST] = [64, 8192]
/** Of the context: a file of which so much has been counted is too long for certain, and the rest is estimated. */
const CERTAINLY = 4

export interface FileTokenCount {
  id: number
  tokens: number
}

/** How many tokens files take, counted once for each model. */
export class FileTokens {
  private readonly attachments: Attachments
  private readonly countText: (text: string) => Promise<number | null>
  private readonly known = new Map<number, number>()
  private model: string | null = null

  /** @param countText counts a text as it stands; null where nothing can be counted */
  constructor(attachments: Attachments, countText: (text: string) => Promise<number | null>) {
    this.attachments = attachments
    this.countText = countText
  }

  /**
   * null where nothing can be counted. What is far beyond the context is estimated, to a thousand.
   * @param model whose tokens; what was counted for another is forgotten @param context in tokens
   */
  async of(files: readonly Attachment[], model: string, context: number): Promise<FileTokenCount[] | null> {
    if (model !== this.model) this.known.clear()
    this.model = model
    const counts: FileTokenCount[] = []
    for (const { id } of files) {
      const tokens = this.known.get(id) ?? (await this.count(id, context))
      if (tokens === null) return null
      if (this.model === model) this.known.set(id, tokens)
      counts.push({ id, tokens })
    }
    return counts
  }

  private async count(id: number, context: number): Promise<number | null> {
    const text = fenced(this.attachments.read(id))
    let [sum, counted] = [0, 0]
    // the engine counts no further than the context; a character takes three tokens at most, but for rare ones
    const most = Math.min(MOST, Math.max(LEAST, Math.floor(context / 3)))
    for (const piece of piecesOf(text, most)) {
      const tokens = await this.countText(piece)
      if (tokens === null) return null
      sum += tokens
      counted += piece.length
      if (sum > CERTAINLY * context && counted < text.length)
        return Math.ceil(((sum / counted) * text.length) / 1000) * 1000
    }
    return sum
  }
}

/** Cut after a line where there is one, so that hardly a token is cut through. */
export function* piecesOf(text: string, most: number): Generator<string> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + most)
    const line = end < text.length ? text.lastIndexOf('\n', end - 1) + 1 : end
    if (line > at) end = line
    else if (end - 1 > at && /[\udc00-\udfff]/.test(text.charAt(end))) end -= 1
    yield text.slice(at, end)
    at = end
  }
}
