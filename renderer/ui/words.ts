import type { FinishReason, Precision } from '../../models/common/values.ts'
import type { EngineStatus, Message } from '../../electron/contract/values.ts'

export const percent = (budget: number): string => `${Math.round(budget)}%`

export const speed = (tokensPerSecond: number): string =>
  tokensPerSecond >= 100 ? String(Math.round(tokensPerSecond)) : tokensPerSecond.toFixed(1)

export const depth = (meanDepth: number): string => meanDepth.toFixed(1)

export const count = (value: number, one: string): string =>
  `${value.toLocaleString('en')} ${one}${value === 1 ? '' : 's'}`

export function milliseconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** How long something took, for whom a tenth of a second is exact enough. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** The line above a thought, while it streams and after. */
export function thoughtLine({ tokens, ms }: { tokens: number; ms: number }, thinking: boolean): string {
  const [time, length] = [duration(ms), count(tokens, 'token')]
  return thinking ? `Thinking… ${length}, ${time}` : `Thought for ${time}, ${length}`
}

export function parameters(total: number): string {
  if (total >= 1e9) return `${(total / 1e9).toFixed(1)} billion parameters`
  return total >= 1e6 ? `${(total / 1e6).toFixed(1)} million parameters` : count(total, 'parameter')
}

/** How finely weights are rounded. */
export const BITS: Readonly<Record<Precision, string>> = { fp32: '32 bits', int8: '8 bits', int4: '4 bits' }

export const DEVICE_NAMES = { cpu: 'CPU', webgpu: 'WebGPU' } as const

const FINISHES: Record<FinishReason, string> = {
  end: 'The model ended its turn',
  length: 'Reached the most tokens allowed',
  stop: 'Met a stop string',
  context: 'The model’s context is full',
  stopped: 'Stopped by you',
  interrupted: 'Interrupted: the engine went away',
  error: 'An error ended it',
}
export const finish = (reason: FinishReason): string => FINISHES[reason]

/** What an answer that did not end by itself says under its text; null for one that did. */
export function endMark(message: Message): string | null {
  const generation = message.generation
  switch (message.status) {
    case 'stopped':
      return 'Stopped by you.'
    case 'interrupted':
      return generation?.failure?.message ?? 'Interrupted: the engine went away. What was written is kept.'
    case 'error':
      return generation?.failure?.message ?? 'The answer failed.'
    case 'streaming':
      return null
    case 'complete':
      if (generation?.finishReason === 'length') return 'Cut at the most tokens that the settings allow.'
      if (generation?.finishReason === 'end' && generation.thought && message.text.trim() === '')
        return 'The model ended its turn with its thought, without an answer.'
      return generation?.finishReason === 'context' ? 'Cut because the model’s context is full.' : null
  }
}

/** The engine's state in a few words. */
export function enginePhase({ phase, progress }: EngineStatus): string {
  const share = progress === null ? '' : ` ${percent(progress * 100)}`
  switch (phase) {
    case 'starting':
      return 'Starting…'
    case 'preparing':
      return `Preparing model${share}`
    case 'loading':
      return `Loading model${share}`
    case 'ready':
      return 'Ready'
    case 'failed':
      return 'Model not running'
  }
}
