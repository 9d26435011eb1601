const FORMULA = '.math[data-source]'

/** Copies formulas as the TeX that they were typeset from, once; what else is selected as the browser would. */
export function copySources(event: ClipboardEvent): void {
  const selection = document.getSelection()
  if (!event.clipboardData || !selection || selection.isCollapsed || selection.rangeCount === 0) return
  const range = selection.getRangeAt(0).cloneRange()
  const [first, last] = [formulaAround(range.startContainer), formulaAround(range.endContainer)]
  if (first) range.setStartBefore(first)
  if (last) range.setEndAfter(last)
  const box = document.createElement('div')
  box.classList.add('prose', 'copying')
  box.append(range.cloneContents())
  const formulas = box.querySelectorAll<HTMLElement>(FORMULA)
  if (formulas.length === 0) return
  for (const formula of formulas) formula.replaceChildren(formula.dataset['source'] ?? '')
  // only what is laid out knows where its lines end
  document.body.append(box)
  event.clipboardData.setData('text/plain', box.innerText)
  event.clipboardData.setData('text/html', box.innerHTML)
  box.remove()
  event.preventDefault()
}

function formulaAround(node: Node): Element | null {
  return (node instanceof Element ? node : node.parentElement)?.closest(FORMULA) ?? null
}
