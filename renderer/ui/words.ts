import type { FinishReason, Precision } from '../../models/common/values.ts'
import type { EngineStatus, Message } from '../../electron/contract/values.ts'
import type { Words } from '../language/en/index.ts'
import { formats, words } from '../language/language.svelte.ts'
import { failureSentence } from './failure.ts'

export const percent = (budget: number): string => formats().percent(budget)

export const speed = (tokensPerSecond: number): string =>
  tokensPerSecond >= 100 ? formats().fixed(tokensPerSecond, 0) : formats().fixed(tokensPerSecond, 1)

export const depth = (meanDepth: number): string => formats().fixed(meanDepth, 1)

export const count = (value: number, one: keyof Words['ui']['counted']): string => words().ui.counted[one](value)

export function milliseconds(ms: number): string {
  return ms < 1000 ? words().ui.milliseconds(ms) : words().ui.seconds(ms / 1000)
}

/** How long something took, for whom a tenth of a second is exact enough. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? words().ui.seconds(ms / 1000) : words().ui.minutes(Math.floor(seconds / 60), seconds % 60)
}

/** The line above a thought, while it streams and after. */
export function thoughtLine({ tokens, ms }: { tokens: number; ms: number }, thinking: boolean): string {
  const [time, length] = [duration(ms), count(tokens, 'token')]
  return thinking ? words().ui.thinking(length, time) : words().ui.thought(length, time)
}

export function parameters(total: number): string {
  if (total >= 1e9) return words().ui.billions(total / 1e9)
  return total >= 1e6 ? words().ui.millions(total / 1e6) : count(total, 'parameter')
}

/** How finely weights are rounded. */
export const bits = (precision: Precision): string => words().ui.bits[precision]

export const DEVICE_NAMES = { cpu: 'CPU', webgpu: 'WebGPU' } as const

export const finish = (reason: FinishReason): string => words().ui.finishes[reason]

/** What an answer that did not end by itself says under its text; null for one that did. */
export function endMark(message: Message): string | null {
  const generation = message.generation
  const { endMarks } = words().ui
  switch (message.status) {
    case 'stopped':
      return endMarks.stopped
    case 'interrupted':
      return generation?.failure ? failureSentence(generation.failure) : endMarks.interrupted
    case 'error':
      return generation?.failure ? failureSentence(generation.failure) : endMarks.failed
    case 'streaming':
      return null
    case 'complete':
      if (generation?.finishReason === 'length') return endMarks.length
      if (generation?.finishReason === 'end' && generation.thought && message.text.trim() === '')
        return endMarks.onlyThought
      return generation?.finishReason === 'context' ? endMarks.context : null
  }
}

/** The engine's state in a few words. */
export function enginePhase({ phase, progress }: EngineStatus): string {
  const shared = (phase === 'preparing' || phase === 'loading') && progress !== null
  return words().ui.phases[phase] + (shared ? ` ${percent(progress * 100)}` : '')
}
