import type { Phase } from '../../common/values.ts'
import type { TextStream } from '../../formats/text-stream.ts'
import type { ThoughtFormat } from '../../formats/thinking.ts'
import { overlap } from '../sampling/stop-strings.ts'

export interface PhasedPiece {
  text: string
  phase: Phase
}

/**
 * Text of an answer, token by token, told apart from the thought before it. The tags have no text, nor has the white
 * space around them. A thought stands at the beginning only: later a tag is what the model wrote of it, and is shown.
 */
export class PhasedText {
  private readonly stream: TextStream
  private readonly format: ThoughtFormat
  private state: 'undecided' | Phase
  /** Text that may be the beginning of a tag, or comes with the next token. */
  private held = ''
  /** Whether white space is left out until there is other text. */
  private trims = true

  /** @param opened whether the prompt ends with the beginning of a thought */
  constructor(stream: TextStream, format: ThoughtFormat, opened: boolean) {
    this.stream = stream
    this.format = format
    this.state = opened ? 'thought' : 'undecided'
  }

  /** Where the next token belongs; null before there is anything but white space. */
  get phase(): Phase | null {
    return this.state === 'undecided' ? null : this.state
  }

  push(id: number): PhasedPiece {
    const { beginId, endId } = this.format
    if (id === beginId) return this.beginTag()
    if (id === endId) return this.endTag()
    return this.take(this.stream.push(id))
  }

  /** What is left at the end. */
  flush(): PhasedPiece {
    const last = this.take(this.stream.flush())
    const text = last.text + this.held
    this.held = ''
    return { text: this.trims ? text.trimStart() : text, phase: last.phase }
  }

  private beginTag(): PhasedPiece {
    if (this.state === 'undecided') {
      this.become('thought')
      return { text: '', phase: 'thought' }
    }
    // some write again what the prompt has opened already
    if (this.state === 'thought' && this.trims) return { text: '', phase: 'thought' }
    return this.take(this.stream.flush() + this.format.begin)
  }

  private endTag(): PhasedPiece {
    if (this.state === 'thought') {
      const text = this.trimmed(this.held + this.stream.flush())
      this.become('answer')
      return { text, phase: 'thought' }
    }
    if (this.trims) {
      this.become('answer')
      return { text: '', phase: 'answer' }
    }
    return this.take(this.stream.flush() + this.format.end)
  }

  private take(text: string): PhasedPiece {
    switch (this.state) {
      case 'undecided':
        return this.undecided(text)
      case 'thought':
        return this.thought(text)
      case 'answer': {
        const all = this.held + text
        this.held = ''
        return { text: this.trimmed(all), phase: 'answer' }
      }
    }
  }

  private undecided(text: string): PhasedPiece {
    const { begin, beginId } = this.format
    const all = this.held + text
    const said = all.trimStart()
    if (beginId === null && said.startsWith(begin)) {
      this.become('thought')
      return this.thought(said.slice(begin.length))
    }
    if (said === '' || (beginId === null && begin.startsWith(said))) {
      this.held = all
      return { text: '', phase: 'answer' }
    }
    this.become('answer')
    this.trims = false
    return { text: all, phase: 'answer' }
  }

  private thought(text: string): PhasedPiece {
    const { end, endId } = this.format
    if (endId !== null) return { text: this.trimmed(text), phase: 'thought' }
    const all = this.held + text
    const at = all.indexOf(end)
    if (at < 0) {
      const keep = overlap(all, end)
      this.held = all.slice(all.length - keep)
      return { text: this.trimmed(all.slice(0, all.length - keep)), phase: 'thought' }
    }
    const before = this.trimmed(all.slice(0, at))
    this.become('answer')
    this.held = all.slice(at + end.length)
    return before === '' && this.held.trimStart() !== '' ? this.take('') : { text: before, phase: 'thought' }
  }

  private become(phase: Phase): void {
    this.state = phase
    this.held = ''
    this.trims = true
  }

  private trimmed(text: string): string {
    if (!this.trims) return text
    const rest = text.trimStart()
    this.trims = rest === ''
    return rest
  }
}
