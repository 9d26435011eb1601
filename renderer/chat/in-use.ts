const idOf = (node: Node | null): number | null => {
  const element = node instanceof Element ? node : node?.parentElement
  const message = element?.closest<HTMLElement>('[data-message-id]')
  return message ? Number(message.dataset['messageId']) : null
}

/** Ids of the messages that must not leave the page: the focus is there, something is edited there, or it is selected. */
export function messagesInUse(list: HTMLElement): Set<number> {
  const used = new Set<number | null>()
  const focused = document.activeElement
  if (focused && list.contains(focused)) used.add(idOf(focused))
  for (const field of list.querySelectorAll('textarea')) used.add(idOf(field))
  const selection = document.getSelection()
  if (selection && !selection.isCollapsed) {
    for (const message of list.querySelectorAll('[data-message-id]'))
      if (selection.containsNode(message, true)) used.add(idOf(message))
  }
  used.delete(null)
  return used as Set<number>
}
