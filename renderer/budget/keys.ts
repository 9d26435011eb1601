const STEP = 5

interface Key {
  key: string
  code: string
  ctrlKey: boolean
  altKey: boolean
  metaKey: boolean
}

/** What a key adds to the budget: Ctrl+[ and Ctrl+], wherever the brackets are on the keyboard. */
export function budgetKey({ key, code, ctrlKey, altKey, metaKey }: Key): number {
  if (!ctrlKey || altKey || metaKey) return 0
  if (key === '[' || code === 'BracketLeft') return -STEP
  return key === ']' || code === 'BracketRight' ? STEP : 0
}
