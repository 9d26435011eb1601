import * as v from 'valibot'
import type { PortableConversation } from '../../electron/contract/portable.ts'
import { words } from '../language/language.svelte.ts'
import type { ForeignNode } from './tree.ts'
import { growTree } from './tree.ts'

/** In seconds since 1970. */
const TimeSchema = v.optional(v.nullable(v.number()))

const MessageSchema = v.object({
  author: v.object({ role: v.string() }),
  create_time: TimeSchema,
  content: v.object({
    content_type: v.string(),
    parts: v.optional(v.array(v.unknown())),
  }),
  recipient: v.optional(v.nullable(v.string())),
  metadata: v.optional(
    v.nullable(v.object({ is_visually_hidden_from_conversation: v.optional(v.nullable(v.boolean())) })),
  ),
})

const NodeSchema = v.object({
  parent: v.optional(v.nullable(v.string())),
  children: v.optional(v.array(v.string()), []),
  message: v.optional(v.nullable(v.unknown())),
})

/** One conversation of the `conversations.json` that ChatGPT exports. */
export const ChatGptSchema = v.object({
  title: v.optional(v.nullable(v.string())),
  create_time: TimeSchema,
  update_time: TimeSchema,
  mapping: v.record(v.string(), NodeSchema),
  current_node: v.optional(v.nullable(v.string())),
  conversation_id: v.optional(v.nullable(v.string())),
  id: v.optional(v.nullable(v.string())),
  is_starred: v.optional(v.nullable(v.boolean())),
})

/** Marks around the sources of an answer, in the private use area. */
const SOURCES = /\uE200[^\uE201]*\uE201/g

/** Turns that are shown as such: neither instructions nor tools, thoughts and what is only for them. */
const SHOWN_TYPES = new Set(['text', 'multimodal_text'])

export function fromChatGpt(conversation: v.InferOutput<typeof ChatGptSchema>): PortableConversation {
  const { mapping, title, current_node: current, is_starred: starred } = conversation
  const createdAt = milliseconds(conversation.create_time) ?? 0
  const id = conversation.conversation_id ?? conversation.id ?? `${createdAt} ${title ?? ''}`
  const { messages, leaf } = growTree(nodesOf(mapping, createdAt), current ?? null)
  return {
    uid: crypto.randomUUID(),
    origin: `chatgpt:${id}`.slice(0, 300),
    title: title ?? '',
    createdAt,
    updatedAt: milliseconds(conversation.update_time) ?? createdAt,
    pinned: starred ?? false,
    folder: null,
    messages,
    leaf,
  }
}

/** Siblings as their parents list them. */
function nodesOf(mapping: v.InferOutput<typeof ChatGptSchema>['mapping'], createdAt: number): ForeignNode[] {
  const place = new Map<string, number>()
  for (const { children } of Object.values(mapping)) children.forEach((child, index) => place.set(child, index))
  return Object.entries(mapping)
    .map(([key, { parent, message }]) => ({ key, parent: parent ?? null, shown: shownOf(message, createdAt) }))
    .toSorted((a, b) => (place.get(a.key) ?? 0) - (place.get(b.key) ?? 0))
}

function shownOf(value: unknown, createdAt: number): ForeignNode['shown'] {
  const parsed = v.safeParse(MessageSchema, value)
  if (!parsed.success) return null
  const { author, content, metadata, recipient, create_time: time } = parsed.output
  const { role } = author
  if (role !== 'user' && role !== 'assistant') return null
  if (metadata?.is_visually_hidden_from_conversation === true) return null
  if ((recipient ?? 'all') !== 'all' || !SHOWN_TYPES.has(content.content_type)) return null
  const text = (content.parts ?? []).map(textOf).filter(Boolean).join('\n\n').replaceAll(SOURCES, '').trim()
  return text === '' ? null : { role, text, createdAt: milliseconds(time) ?? createdAt }
}

const PartSchema = v.object({ content_type: v.optional(v.string(), ''), text: v.optional(v.nullable(v.string())) })

function textOf(part: unknown): string {
  if (typeof part === 'string') return part
  const parsed = v.safeParse(PartSchema, part)
  if (!parsed.success) return ''
  const { content_type: type, text } = parsed.output
  if (text) return text
  return type.startsWith('image') ? words().exchange.image : ''
}

function milliseconds(seconds: number | null | undefined): number | null {
  return typeof seconds === 'number' && seconds >= 0 && seconds < 1e11 ? Math.round(seconds * 1000) : null
}
