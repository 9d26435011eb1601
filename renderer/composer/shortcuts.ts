/** Ctrl+N, and Cmd+N on a Mac; a browser keeps it for itself where the page is not an app of its own. */
export function isNewChat(event: KeyboardEvent): boolean {
  const { key, altKey, shiftKey } = event
  return key.toLowerCase() === 'n' && withCommand(event) && !altKey && !shiftKey
}

const withCommand = ({ ctrlKey, metaKey }: KeyboardEvent): boolean =>
  /Mac/.test(navigator.userAgent) ? metaKey && !ctrlKey : ctrlKey && !metaKey

/** Escape stops the answer in sight, unless there is something in front of it, or a field, that it is for. */
export function stops({ key, isComposing, target }: KeyboardEvent): boolean {
  if (key !== 'Escape' || isComposing) return false
  if (document.querySelector('dialog[open], :popover-open')) return false
  if (target instanceof HTMLSelectElement) return false
  return !(target instanceof HTMLInputElement && target.type === 'search' && target.value !== '')
}
