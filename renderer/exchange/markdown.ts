import type { PortableConversation, PortableMessage } from '../../electron/contract/portable.ts'
import { words } from '../language/language.svelte.ts'

interface Options {
  thoughts: boolean
}

/** The branch on view, as it is read. */
export function toMarkdown(conversation: PortableConversation, { thoughts }: Options): string {
  const { title, createdAt } = conversation
  const parts = [`# ${oneLine(title)}`, `*${words().exchange.begun(moment(createdAt))}*`]
  for (const message of branchOf(conversation)) {
    parts.push(`## ${speakerOf(message)}`, `*${circumstancesOf(message).join(' · ')}*`)
    const thought = message.generation?.thought?.text.trim() ?? ''
    if (thoughts && thought !== '')
      parts.push(`### ${words().exchange.thought}`, quoted(thought), `### ${words().exchange.answer}`)
    if (message.text.trim() !== '') parts.push(message.text.trim())
    if (message.status !== 'complete') parts.push(`*${words().exchange.ends[message.status]}*`)
  }
  return `${parts.join('\n\n')}\n`
}

function branchOf({ leaf, messages }: PortableConversation): PortableMessage[] {
  const branch: PortableMessage[] = []
  for (let at = leaf ?? messages.length; at > 0;) {
    const message = messages[at - 1]
    if (!message) break
    branch.unshift(message)
    at = message.parent !== null && message.parent < at ? message.parent : 0
  }
  return branch
}

function speakerOf({ role, generation }: PortableMessage): string {
  if (role === 'user') return words().exchange.you
  if (role === 'system') return words().exchange.instructions
  return generation && generation.model !== '' ? oneLine(generation.model) : words().exchange.answer
}

function circumstancesOf({ createdAt, generation }: PortableMessage): string[] {
  if (!generation) return [moment(createdAt)]
  const { budget, budgetChanges, budgetRealised, meanDepth } = generation
  const { exchange } = words()
  const changes = budgetChanges.map(({ budget, token }) => exchange.fromToken(percent(budget), token + 1))
  return [
    moment(createdAt),
    `${exchange.budget(percent(budget))}${changes.join('')}`,
    ...(budgetRealised === null ? [] : [exchange.realised(percent(budgetRealised))]),
    ...(meanDepth === null ? [] : [exchange.meanDepth(meanDepth)]),
  ]
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
const percent = (budget: number): string => `${Math.round(budget)} %`
const quoted = (text: string): string => text.replaceAll(/^/gm, '> ')

/** In the time of this machine. */
function moment(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}
