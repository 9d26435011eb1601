import type { Actions } from './match.ts'
import { act } from './match.ts'

/** As `act`, of an event of the page, which nothing else is to act upon then. */
export function actOn(event: KeyboardEvent, actions: Actions): void {
  if (event.defaultPrevented || event.isComposing) return
  const target = event.target instanceof Element ? event.target : null
  const typing = target?.closest('input:not([type=range], [type=radio], [type=checkbox]), textarea, select') != null
  const inDialog = document.querySelector('dialog[open], [popover=auto]:popover-open') !== null
  if (act(event, { typing, inDialog }, actions) !== null) event.preventDefault()
}
