export interface Key {
  key: string
  ctrlKey: boolean
  altKey: boolean
  metaKey: boolean
  shiftKey: boolean
}

export type SearchKey = 'find' | 'search' | 'next' | 'previous'

/** Ctrl+F (Command+F) finds in the conversation, with Shift in all of them; F3 goes on, with Shift back. */
export function searchKey({ key, ctrlKey, altKey, metaKey, shiftKey }: Key): SearchKey | null {
  if (key === 'F3' && !ctrlKey && !metaKey && !altKey) return shiftKey ? 'previous' : 'next'
  if (key.toLowerCase() !== 'f' || ctrlKey === metaKey || altKey) return null
  return shiftKey ? 'search' : 'find'
}
