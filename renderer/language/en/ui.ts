import type { FinishReason, Precision } from '../../../models/common/values.ts'
import { counted, fixed, number } from './formats.ts'

const tenth = (value: number): string => fixed(value, 1)

/** Sentences of renderer/ui, and what is said alike in every room. */
export const ui = {
  close: 'Close',
  dismiss: 'Dismiss',
  showConversations: 'Show conversations',
  back: 'Back to the conversation',
  counted: {
    answer: (value: number) => counted(value, { one: 'answer', other: 'answers' }),
    byte: (value: number) => counted(value, { one: 'byte', other: 'bytes' }),
    conversation: (value: number) => counted(value, { one: 'conversation', other: 'conversations' }),
    file: (value: number) => counted(value, { one: 'file', other: 'files' }),
    other: (value: number) => counted(value, { one: 'other', other: 'others' }),
    parameter: (value: number) => counted(value, { one: 'parameter', other: 'parameters' }),
    recursion: (value: number) => counted(value, { one: 'recursion', other: 'recursions' }),
    thread: (value: number) => counted(value, { one: 'thread', other: 'threads' }),
    token: (value: number) => counted(value, { one: 'token', other: 'tokens' }),
  },
  milliseconds: (ms: number) => `${number(Math.round(ms))} ms`,
  seconds: (seconds: number) => `${tenth(seconds)} s`,
  minutes: (minutes: number, seconds: number) => `${minutes} min ${seconds} s`,
  thinking: (length: string, time: string) => `Thinking… ${length}, ${time}`,
  thought: (length: string, time: string) => `Thought for ${time}, ${length}`,
  billions: (billions: number) => `${tenth(billions)} billion parameters`,
  millions: (millions: number) => `${tenth(millions)} million parameters`,
  bits: { fp32: '32 bits', int8: '8 bits', int4: '4 bits' } satisfies Record<Precision, string>,
  fourBits: '4 bits, where faster',
  finishes: {
    end: 'The model ended its turn',
    length: 'Reached the most tokens allowed',
    stop: 'Met a stop string',
    context: 'The model’s context is full',
    stopped: 'Stopped by you',
    interrupted: 'Interrupted: the engine went away',
    error: 'An error ended it',
  } satisfies Record<FinishReason, string>,
  endMarks: {
    stopped: 'Stopped by you.',
    interrupted: 'Interrupted: the engine went away. What was written is kept.',
    failed: 'The answer failed.',
    length: 'Cut at the most tokens that the settings allow.',
    onlyThought: 'The model ended its turn with its thought, without an answer.',
    context: 'Cut because the model’s context is full.',
  },
  phases: {
    starting: 'Starting…',
    preparing: 'Preparing model',
    loading: 'Loading model',
    ready: 'Ready',
    failed: 'Model not running',
  },
}
