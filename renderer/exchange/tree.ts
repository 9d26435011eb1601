import type { PortableMessage } from '../../electron/contract/portable.ts'

/** A message of another program, in whatever order. */
export interface ForeignNode {
  key: string
  parent: string | null
  /** null: it is not shown, and its children follow its parent. */
  shown: { role: 'user' | 'assistant'; text: string; createdAt: number } | null
}

interface Kept {
  key: string
  parent: Kept | null
  role: 'user' | 'assistant'
  text: string
  createdAt: number
  children: Kept[]
  /** It has become a part of these. */
  gone: Kept[]
}

/**
 * A tree as Depthwise keeps one, oldest siblings first: what is not shown is left out, and messages of the same speaker
 * that follow each other become one.
 * @param leaf key of the tip of the branch on view
 */
export function growTree(
  nodes: readonly ForeignNode[],
  leaf: string | null,
): { messages: PortableMessage[]; leaf: number | null } {
  const { kept, of } = connect(nodes)
  for (const node of kept) merge(node)
  const ids = new Map<Kept, number>()
  const messages: PortableMessage[] = []
  for (const node of kept) {
    if (node.gone.length > 0) continue
    const { parent, role, text, createdAt } = node
    const id = messages.length + 1
    ids.set(node, id)
    const parentId = parent ? ids.get(parent)! : null
    messages.push({ id, parent: parentId, role, status: 'complete', text, createdAt, generation: null })
  }
  let tip = leaf === null ? null : (of.get(leaf) ?? null)
  while (tip && tip.gone.length > 0) tip = tip.gone[0]!
  return { messages, leaf: (tip && ids.get(tip)) ?? (messages.length > 0 ? messages.length : null) }
}

/** The shown ones, parents before children; and for every key the one shown last on the way to it. */
function connect(nodes: readonly ForeignNode[]): { kept: Kept[]; of: Map<string, Kept | null> } {
  const keys = new Set(nodes.map(({ key }) => key))
  const children = new Map<string | null, ForeignNode[]>()
  for (const node of nodes) {
    const parent = node.parent !== null && keys.has(node.parent) ? node.parent : null
    const siblings = children.get(parent)
    if (siblings) siblings.push(node)
    else children.set(parent, [node])
  }
  const of = new Map<string, Kept | null>()
  const kept: Kept[] = []
  const left = (children.get(null) ?? []).toReversed().map((node) => ({ node, parent: null as Kept | null }))
  for (let next = left.pop(); next; next = left.pop()) {
    const { node, parent } = next
    if (of.has(node.key)) continue
    let here = parent
    if (node.shown) {
      here = { key: node.key, parent, ...node.shown, children: [], gone: [] }
      parent?.children.push(here)
      kept.push(here)
    }
    of.set(node.key, here)
    for (const child of (children.get(node.key) ?? []).toReversed()) left.push({ node: child, parent: here })
  }
  return { kept, of }
}

/** Puts the text before that of those who go on speaking. */
function merge(node: Kept): void {
  const same = node.children.filter(({ role }) => role === node.role)
  for (const child of same) {
    child.text = `${node.text}\n\n${child.text}`
    child.createdAt = node.createdAt
    child.parent = node.parent
    node.parent?.children.push(child)
  }
  if (same.length > 0 && same.length === node.children.length) node.gone = same
}
