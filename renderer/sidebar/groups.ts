import type { Folder } from '../../electron/contract/organising.ts'
import type { Conversation } from '../../electron/contract/values.ts'
import { words } from '../language/language.svelte.ts'

export interface Group {
  /** Different from that of every other group. */
  key: string
  name: string
  conversations: Conversation[]
  /** Only of a folder’s group. */
  folder?: Folder
}

const DAY_MS = 86_400_000

/** The pinned first, then every folder, then the others by age. Order is kept. */
export function organise(conversations: readonly Conversation[], folders: readonly Folder[], now: Date): Group[] {
  const pinned: Conversation[] = []
  const loose: Conversation[] = []
  const filed = new Map<number, Conversation[]>(folders.map(({ id }) => [id, []]))
  for (const conversation of conversations) {
    const { folderId } = conversation
    const place = conversation.pinned ? pinned : ((folderId === null ? undefined : filed.get(folderId)) ?? loose)
    place.push(conversation)
  }
  return [
    ...(pinned.length > 0 ? [{ key: 'pinned', name: words().sidebar.groups.pinned, conversations: pinned }] : []),
    ...folders.map((folder) => ({
      key: `folder ${folder.id}`,
      name: folder.name,
      conversations: filed.get(folder.id) ?? [],
      folder,
    })),
    ...groupByAge(loose, now),
  ]
}

/** Conversations under the names a person looks for: today, yesterday, this week, earlier. Order is kept. */
export function groupByAge(conversations: readonly Conversation[], now: Date): Group[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const groups: Group[] = []
  for (const conversation of conversations) {
    const name = nameOf(conversation.updatedAt, midnight)
    const group = groups.find((known) => known.name === name)
    if (group) group.conversations.push(conversation)
    else groups.push({ key: name, name, conversations: [conversation] })
  }
  return groups
}

/** The first `count` conversations of the groups, in their groups; a closed folder counts none. */
export function firstOf(groups: readonly Group[], count: number): (Group & { total: number })[] {
  let left = count
  const first: (Group & { total: number })[] = []
  for (const group of groups) {
    if (left <= 0) break
    const total = group.conversations.length
    first.push({ ...group, conversations: group.conversations.slice(0, left), total })
    if (group.folder?.open !== false) left -= total
  }
  return first
}

function nameOf(time: number, midnight: number): string {
  const { groups } = words().sidebar
  if (time >= midnight) return groups.today
  if (time >= midnight - DAY_MS) return groups.yesterday
  return time >= midnight - 7 * DAY_MS ? groups.week : groups.earlier
}
