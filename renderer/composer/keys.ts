interface Key {
  key: string
  shiftKey: boolean
  isComposing: boolean
  keyCode: number
}

/** Enter sends, unless Shift makes it a new line or an input method is still composing (old engines say 229 then). */
export function sends({ key, shiftKey, isComposing, keyCode }: Key): boolean {
  return key === 'Enter' && !shiftKey && !isComposing && keyCode !== 229
}
