import type { ThinkingAbility } from '../common/values.ts'

/** What stands around a thought, in the models that have one. */
const TAGS = [
  { begin: '<think>', end: '</think>' },
  { begin: '[THINK]', end: '[/THINK]' },
  { begin: '<seed:think>', end: '</seed:think>' },
] as const

/** Variables of chat templates that ask for a thought or for none: Qwen 3, SmolLM3, Nanbeige, Ouro; Granite, DeepSeek. */
const SWITCHES = ['enable_thinking', 'thinking'] as const
const PRESERVES = 'preserve_thinking'
/** Where templates look for an earlier answer's thought. */
export const REASONING = 'reasoning_content'

/** How thoughts are told apart from answers, in tokens. */
export interface ThoughtFormat {
  begin: string
  end: string
  /** Where a tag is one token of its own; else it is found in the text. */
  beginId: number | null
  endId: number | null
  /** What ends a thought that has begun, and a whole thought of nothing. */
  closing: readonly number[]
  empty: readonly number[]
}

/** What is asked of a chat template. */
export interface Renderer {
  mentions(variable: string): boolean
  /** The chat of one question, with the beginning of an answer; null where the template refuses it. */
  sample(variables: Readonly<Record<string, boolean>>): string | null
}

export interface ThoughtFacts {
  ability: ThinkingAbility
  /** Name of the template's switch. */
  variable: string | null
  /** What templates write behind the end of a thought. */
  after: string
}

/** @param added texts of the added tokens; a template that says nothing may still be of a model that has the tags */
export function thoughtFacts(template: Renderer | null, added: ReadonlySet<string>): ThoughtFacts {
  const tags = TAGS.find(
    ({ begin, end }) => template?.mentions(begin) || template?.mentions(end) || (added.has(begin) && added.has(end)),
  )
  if (!tags) return { ability: { kind: 'none', begin: '', end: '', preserves: false }, variable: null, after: '' }
  const variable = SWITCHES.find((name) => template?.mentions(name) && isSwitch(template, name)) ?? null
  const always = template !== null && opensThought(template.sample({}) ?? '', tags.begin)
  const off = variable === null ? null : (template?.sample({ [variable]: false }) ?? null)
  return {
    ability: {
      kind: variable !== null ? 'switch' : always ? 'always' : 'none',
      ...tags,
      preserves: template?.mentions(PRESERVES) ?? false,
    },
    variable,
    after: (off === null ? null : behindEmpty(off, tags)) ?? '\n\n',
  }
}

/** Whether a template speaks of thoughts, without rendering it: that is for a model which is to be loaded. */
export function speaksOfThoughts(template: string): boolean {
  return (
    template.includes(SWITCHES[0]) || TAGS.some(({ begin, end }) => template.includes(begin) || template.includes(end))
  )
}

/** Whether a text ends with a thought that has just begun. */
export function opensThought(text: string, begin: string): boolean {
  return begin !== '' && text.trimEnd().endsWith(begin)
}

function isSwitch(template: Renderer, name: string): boolean {
  const [on, off] = [template.sample({ [name]: true }), template.sample({ [name]: false })]
  return on !== null && off !== null && on !== off
}

/** The white space behind a thought of nothing, where a template ends its beginning of an answer with one. */
function behindEmpty(text: string, { begin, end }: { begin: string; end: string }): string | null {
  const body = text.trimEnd()
  if (!body.endsWith(end) || !body.slice(0, -end.length).trimEnd().endsWith(begin)) return null
  return text.slice(body.length) || null
}
