import * as v from 'valibot'
import type { PortableConversation } from '../../electron/contract/portable.ts'
import { words } from '../language/language.svelte.ts'
import type { ForeignNode } from './tree.ts'
import { growTree } from './tree.ts'

const ContentSchema = v.array(v.unknown())

const StepSchema = v.object({
  type: v.optional(v.string(), ''),
  /** `<milliseconds>-<number>` */
  stepIdentifier: v.optional(v.string(), ''),
  style: v.optional(v.nullable(v.object({ type: v.optional(v.string(), '') }))),
  content: v.optional(v.nullable(ContentSchema)),
})

const VersionSchema = v.object({
  role: v.string(),
  /** Of a `singleStep`. */
  content: v.optional(v.nullable(ContentSchema)),
  /** Of a `multiStep`. */
  steps: v.optional(v.nullable(v.array(StepSchema))),
})

/** A `*.conversation.json` of LM Studio (0.3 and 0.4). */
export const LmStudioSchema = v.object({
  name: v.optional(v.nullable(v.string())),
  createdAt: v.optional(v.nullable(v.number())),
  pinned: v.optional(v.nullable(v.boolean())),
  userLastMessagedAt: v.optional(v.nullable(v.number())),
  assistantLastMessagedAt: v.optional(v.nullable(v.number())),
  messages: v.array(
    v.object({
      versions: v.array(v.unknown()),
      currentlySelected: v.optional(v.nullable(v.number())),
    }),
  ),
})

export function fromLmStudio(conversation: v.InferOutput<typeof LmStudioSchema>): PortableConversation {
  const { name, pinned, messages: list } = conversation
  const createdAt = moment(conversation.createdAt) ?? 0
  const { nodes, leaf: tip } = nodesOf(list, createdAt)
  const { messages, leaf } = growTree(nodes, tip)
  const last = [conversation.userLastMessagedAt, conversation.assistantLastMessagedAt].map((at) => moment(at) ?? 0)
  return {
    uid: crypto.randomUUID(),
    origin: `lm-studio:${createdAt === 0 ? (name ?? '') : createdAt}`.slice(0, 300),
    title: name ?? '',
    createdAt,
    updatedAt: Math.max(createdAt, ...last),
    pinned: pinned ?? false,
    folder: null,
    messages,
    leaf,
  }
}

/** What follows a message follows the version of it that is selected. */
function nodesOf(
  list: v.InferOutput<typeof LmStudioSchema>['messages'],
  createdAt: number,
): { nodes: ForeignNode[]; leaf: string | null } {
  const nodes: ForeignNode[] = []
  let parent: string | null = null
  for (const [place, { versions, currentlySelected }] of list.entries()) {
    const keys = versions.map((_, index) => `${place}.${index}`)
    for (const [index, version] of versions.entries())
      nodes.push({ key: keys[index]!, parent, shown: shownOf(version, createdAt) })
    parent = keys[currentlySelected ?? 0] ?? keys.at(-1) ?? parent
  }
  return { nodes, leaf: parent }
}

function shownOf(value: unknown, createdAt: number): ForeignNode['shown'] {
  const parsed = v.safeParse(VersionSchema, value)
  if (!parsed.success) return null
  const { role, content, steps } = parsed.output
  if (role !== 'user' && role !== 'assistant') return null
  const said = (steps ?? []).filter(({ type, style }) => type === 'contentBlock' && style?.type !== 'thinking')
  const texts = [...(content ?? []), ...said.flatMap((step) => step.content ?? [])].map(textOf)
  const text = texts.filter(Boolean).join('\n\n').trim()
  const at = Number(/^\d{12,14}(?=-)/.exec(steps?.[0]?.stepIdentifier ?? '')?.[0])
  return text === '' ? null : { role, text, createdAt: moment(at) ?? createdAt }
}

const PartSchema = v.object({
  type: v.optional(v.string(), ''),
  text: v.optional(v.string()),
  fileType: v.optional(v.string()),
})

function textOf(part: unknown): string {
  const parsed = v.safeParse(PartSchema, part)
  if (!parsed.success) return ''
  const { type, text, fileType } = parsed.output
  if (type === 'text') return text ?? ''
  if (type !== 'file') return ''
  return fileType === 'image' ? words().exchange.image : words().exchange.file
}

const moment = (at: number | null | undefined): number | null =>
  typeof at === 'number' && at > 0 && at < 1e14 ? Math.round(at) : null
