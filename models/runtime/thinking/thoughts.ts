import type { Phase, Summary, Thinking, ThinkingAbility } from '../../common/values.ts'
import type { TextStream } from '../../formats/text-stream.ts'
import type { ThoughtFormat } from '../../formats/thinking.ts'
import { LoopDetector } from './loops.ts'
import type { PhasedPiece } from './phased-text.ts'
import { PhasedText } from './phased-text.ts'

/** How thoughts are to be told apart in an answer, and what was asked for. */
export interface ThoughtRequest {
  format: ThoughtFormat
  kind: ThinkingAbility['kind']
  /** Whether the prompt ends with the beginning of a thought. */
  opened: boolean
  asked: Thinking
}

/** The thought of one answer: where it begins and ends, how long it may be, and whether it goes in circles. */
export class Thoughts {
  private readonly format: ThoughtFormat
  private readonly asked: Thinking
  private readonly text: PhasedText
  private readonly loops = new LoopDetector()
  /** It has not begun, but is asked for. */
  private readonly expected: boolean
  private forced: number[] = []
  private count = 0
  private startedAt = 0
  private endedAt = 0
  private circles = false

  constructor(stream: TextStream, { format, kind, opened, asked }: ThoughtRequest) {
    this.format = format
    this.asked = asked
    this.expected = opened || (kind === 'switch' && asked.on)
    this.text = new PhasedText(stream, format, opened)
    if (asked.maxTokens === 0) this.end()
  }

  /** Where the next token is expected; the answer as soon as the thought's end is to be inserted. */
  get phase(): Phase {
    if (this.forced.length > 0) return 'answer'
    return this.text.phase ?? (this.expected ? 'thought' : 'answer')
  }

  /** Whether the thought goes in circles, once that was noticed; no more when it has ended. */
  get circling(): boolean {
    return this.circles && this.text.phase === 'thought'
  }

  /** @param at milliseconds, when the prompt has been read */
  start(at: number): void {
    this.startedAt = at
  }

  /** Ends the thought: its end comes next, whatever the model would write. @returns whether there was one, or one was to come */
  end(): boolean {
    if (this.forced.length > 0) return false
    if (this.text.phase === 'thought') this.forced = [...this.format.closing]
    else if (this.text.phase === null && this.expected) this.forced = [...this.format.empty]
    else return false
    return true
  }

  /** The token that has to come next, if one has. */
  next(): number | undefined {
    return this.forced.shift()
  }

  /** @param at milliseconds, when the token was there */
  push(id: number, at: number): PhasedPiece {
    const piece = this.text.push(id)
    if (piece.phase === 'thought') {
      this.count++
      this.endedAt = at
    }
    if (this.text.phase === 'thought' && this.forced.length === 0) this.watch(id)
    return piece
  }

  flush(): PhasedPiece {
    return this.text.flush()
  }

  /** For the summary; nothing where there was no thought. */
  total(): Pick<Summary, 'thought'> {
    if (this.count === 0) return {}
    return { thought: { tokens: this.count, ms: Math.max(0, this.endedAt - this.startedAt) } }
  }

  private watch(id: number): void {
    const { maxTokens, cutLoops } = this.asked
    if (!this.circles) this.circles = this.loops.push(id)
    if ((this.circles && cutLoops) || (maxTokens !== null && this.count >= maxTokens)) this.end()
  }
}
