import { focusHome } from '../ui/focus.ts'

/** Gives the focus back to where it was when something was opened; else to where a person goes on. */
export class FocusBefore {
  private element: Element | null = null

  /** `focused`: where the focus is, or was; nowhere within `opened`. */
  remember(focused: EventTarget | null, opened: Element): void {
    if (focused instanceof Element && focused !== document.body && !opened.contains(focused)) this.element = focused
  }

  giveBack(): void {
    const before = this.element
    this.element = null
    if (before instanceof HTMLElement && before.isConnected) before.focus()
    else focusHome()
  }
}

/** The element of a list of buttons that an arrow key, Home or End goes to from `from`; null for other keys. */
export function stepIn(list: Element, selector: string, from: Element | null, key: string): HTMLElement | null {
  const all = [...list.querySelectorAll<HTMLElement>(selector)]
  const at = all.findIndex((one) => one === from)
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[key]
  return target === undefined ? null : (all[Math.min(all.length - 1, target)] ?? null)
}
