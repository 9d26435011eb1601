import { Environment, Template } from '@huggingface/jinja'
import * as v from 'valibot'
import type { Turn } from '../common/values.ts'
import { BoundedInterpreter } from './bounded-interpreter.ts'
import { REASONING } from './thinking.ts'
import { within } from './time-limit.ts'

/** Bounds of what a template may do; those of real models stay far below a hundredth of each. */
const MAX_LENGTH = 1_000_000
const MAX_RANGE = 100_000
const MAX_MS = 5000

/** What a template may write: of its own, and for each character of a conversation and each token of the context. */
const [OWN, PER_CHARACTER, PER_TOKEN] = [100_000, 4, 16]
/** Of a model whose context is not known. */
const USUAL_CONTEXT = 1 << 17

/** `chat_template` of tokenizer_config.json: one, or several by name. */
export const TemplatesSchema = v.nullish(
  v.union([v.string(), v.array(v.looseObject({ name: v.string(), template: v.string() }))]),
)

/** The one to chat with: of several that named default, else the first. */
export function templateAmong(given: v.InferOutput<typeof TemplatesSchema>): string | null {
  if (!Array.isArray(given)) return given ?? null
  return (given.find(({ name }) => name === 'default') ?? given[0])?.template ?? null
}

/** A model's chat template. @throws Error with a sentence where it is none, or does more than is allowed */
export class ChatTemplate {
  private readonly text: string
  private readonly program: Template['parsed']
  private readonly contextLength: number

  constructor(text: string, contextLength = USUAL_CONTEXT) {
    if (text.length > MAX_LENGTH) throw new Error(`it is longer than ${MAX_LENGTH} characters`)
    this.text = text
    this.contextLength = contextLength
    this.program = within(MAX_MS, () => new Template(text).parsed)
  }

  /** Whether a word stands in it, as the name of a variable that it may read. */
  mentions(word: string): boolean {
    return this.text.includes(word)
  }

  /** @throws Error with a sentence where it fails, or writes much more than the conversation and the context can hold */
  render(turns: readonly Turn[], variables: Readonly<Record<string, unknown>>): string {
    const messages = turns.map(({ role, content, thought }) => ({
      role,
      content,
      ...(thought !== undefined && { [REASONING]: thought }),
    }))
    const environment = new Environment()
    for (const [name, value] of Object.entries({ ...GLOBALS, ...variables, messages })) environment.set(name, value)
    const written = turns.reduce((sum, { content, thought = '' }) => sum + content.length + thought.length, 0)
    const most = OWN + PER_CHARACTER * written + PER_TOKEN * this.contextLength
    const interpreter = new BoundedInterpreter(environment, this.program, most)
    const text: unknown = within(MAX_MS, () => interpreter.run(this.program).value)
    return typeof text === 'string' ? text : ''
  }
}

/** What templates find beside the conversation, as in transformers. */
const GLOBALS = {
  false: false,
  true: true,
  none: null,
  False: false,
  True: true,
  None: null,
  range,
  strftime_now: (format: string): string => strftime(new Date(), format),
  raise_exception: (message: unknown): never => {
    throw new Error(typeof message === 'string' ? message.slice(0, 1000) : 'it refuses the conversation')
  },
}

/** Python's, with a limit. */
function range(from: number, to?: number, step = 1): number[] {
  const [start, stop] = to === undefined ? [0, from] : [from, to]
  const count = Math.max(0, Math.ceil((stop - start) / step))
  if (!(count <= MAX_RANGE)) throw new Error(`it asks for a range of more than ${MAX_RANGE} numbers`)
  return Array.from({ length: count }, (_, i) => start + i * step)
}

function strftime(now: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const month = (style: 'short' | 'long'): string => now.toLocaleString('en', { month: style })
  return format.replace(/%[YmdbBHM%]/g, (code) => {
    switch (code) {
      case '%Y':
        return String(now.getFullYear())
      case '%m':
        return two(now.getMonth() + 1)
      case '%d':
        return two(now.getDate())
      case '%b':
        return month('short')
      case '%B':
        return month('long')
      case '%H':
        return two(now.getHours())
      case '%M':
        return two(now.getMinutes())
      default:
        return '%'
    }
  })
}
