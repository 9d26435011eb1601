import type { Message } from '../../electron/contract/values.ts'

/** A conversation: every wording of a turn and every answer to it. */
export interface Tree {
  byId: ReadonlyMap<number, Message>
  /** Oldest first; null is the root. */
  children: ReadonlyMap<number | null, readonly Message[]>
}

export function buildTree(messages: readonly Message[]): Tree {
  const byId = new Map<number, Message>()
  const children = new Map<number | null, Message[]>()
  for (const message of messages) {
    byId.set(message.id, message)
    const siblings = children.get(message.parentId)
    if (siblings) siblings.push(message)
    else children.set(message.parentId, [message])
  }
  return { byId, children }
}

/** The branch that ends in `leafId`, first turn first; empty where the leaf is unknown. */
export function pathTo(tree: Tree, leafId: number | null): Message[] {
  const path: Message[] = []
  const seen = new Set<number>()
  let at = leafId
  while (at !== null && !seen.has(at)) {
    const message = tree.byId.get(at)
    if (!message) break
    seen.add(at)
    path.push(message)
    at = message.parentId
  }
  return path.reverse()
}

export function siblingsOf(tree: Tree, message: Message): { index: number; all: readonly Message[] } {
  const all = tree.children.get(message.parentId) ?? [message]
  return {
    index: Math.max(
      0,
      all.findIndex((sibling) => sibling.id === message.id),
    ),
    all,
  }
}

/** The tip of the newest branch through `message`. */
export function newestLeaf(tree: Tree, message: Message): Message {
  let leaf = message
  for (;;) {
    const next = tree.children.get(leaf.id)?.at(-1)
    if (!next) return leaf
    leaf = next
  }
}

/** The list with `message` in it, in place of an earlier state of the same message. */
export function withMessage(messages: readonly Message[], message: Message): Message[] {
  const at = messages.findIndex(({ id }) => id === message.id)
  return at < 0 ? [...messages, message] : messages.with(at, message)
}
