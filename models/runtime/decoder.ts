import type { BudgetController } from './budget/controller.ts'
import type { ForwardResult, PassOptions, Wanted } from './passes/forward.ts'
import type { Sequence } from './sequence.ts'

/**
 * A sequence and its budget: whatever is read, prompt or answer, is admitted by the controller's thresholds, and the
 * controller is told the scores and what was spent.
 */
export class Decoder {
  readonly sequence: Sequence
  private readonly controller: BudgetController
  private wanted = false

  /** @param controller goes on from one sequence to the next where several are read under one budget */
  constructor(sequence: Sequence, controller: BudgetController) {
    this.sequence = sequence
    this.controller = controller
  }

  /** Whether a run is under way whose logits are wanted. */
  get producing(): boolean {
    return this.wanted
  }

  /** Asks for another share of the optional compute (0 to 1) from the next run on. */
  set share(share: number) {
    this.controller.share = share
  }

  /**
   * Reads the next piece of a prompt, or all of it where its tokens see each other.
   * @returns logits [1, V] of the last token once the prompt is read, null before
   * @throws DepthwiseError as Sequence.append
   */
  async prefill(prompt: readonly number[]): Promise<ForwardResult | null> {
    const { sequence } = this
    const { prompts } = sequence.plan
    const whole = prompts === 'whole'
    const most = { chunks: sequence.kv.chunk, whole: Infinity, tokens: 1 }[prompts]
    const left = prompt.length - sequence.length
    // the last token by itself, as it is where those before it are kept: beside others 8-bit numbers are rounded otherwise
    const count = whole ? left : Math.min(most, Math.max(1, left - 1))
    const complete = count >= left
    const piece = prompt.slice(sequence.length, sequence.length + count)
    const result = await this.read(piece, complete ? 'last' : 'none', whole ? { prefix: prompt.length } : {})
    return complete ? result : null
  }

  /** Reads tokens at once, under the budget's calibrated thresholds. @throws DepthwiseError as Sequence.append */
  read(ids: readonly number[], wanted: Wanted, options?: PassOptions): Promise<ForwardResult> {
    return this.run(ids, this.controller.calibrated(), wanted, options)
  }

  /**
   * Reads one token under thresholds that make up for what was spent before, and counts what it spends.
   * @returns logits [1, V] of what comes behind it
   * @throws DepthwiseError as Sequence.append
   */
  async step(id: number, options?: PassOptions): Promise<ForwardResult> {
    const result = await this.run([id], this.controller.trimmed(), 'last', options)
    this.controller.spent(result.optional.run, result.optional.full)
    return result
  }

  private async run(
    ids: readonly number[],
    thresholds: readonly number[],
    wanted: Wanted,
    options: PassOptions | undefined,
  ): Promise<ForwardResult> {
    this.wanted = wanted !== 'none'
    try {
      const result = await this.sequence.append(ids, thresholds, wanted, options)
      this.controller.observe(result.scores)
      return result
    } finally {
      this.wanted = false
    }
  }
}
