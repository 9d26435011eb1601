import type { Conversation } from '../../electron/contract/values.ts'

export interface Group {
  name: string
  conversations: Conversation[]
}

const DAY_MS = 86_400_000

/** Conversations under the names a person looks for: today, yesterday, this week, earlier. Order is kept. */
export function groupByAge(conversations: readonly Conversation[], now: Date): Group[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const groups: Group[] = []
  for (const conversation of conversations) {
    const name = nameOf(conversation.updatedAt, midnight)
    const group = groups.find((known) => known.name === name)
    if (group) group.conversations.push(conversation)
    else groups.push({ name, conversations: [conversation] })
  }
  return groups
}

/** The first `count` conversations of the groups, in their groups. */
export function firstOf(groups: readonly Group[], count: number): (Group & { total: number })[] {
  let left = count
  const first: (Group & { total: number })[] = []
  for (const { name, conversations } of groups) {
    if (left <= 0) break
    first.push({ name, conversations: conversations.slice(0, left), total: conversations.length })
    left -= conversations.length
  }
  return first
}

function nameOf(time: number, midnight: number): string {
  if (time >= midnight) return 'Today'
  if (time >= midnight - DAY_MS) return 'Yesterday'
  return time >= midnight - 7 * DAY_MS ? 'Previous 7 days' : 'Earlier'
}
