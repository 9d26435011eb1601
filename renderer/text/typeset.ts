import type katex from 'katex'

const LONGEST = 10_000
const KEPT = 500

/** Formulas as they were typeset, so that a block that is drawn again while it grows costs no more. */
const made = new Map<string, Element | null>()
let loading: Promise<typeof katex> | undefined
let loaded: typeof katex | undefined

/**
 * Puts formulas in place of their sources in `element`, unless they are there already; where one is broken, its source
 * stays. Calls `then` if that was later than at once.
 */
export function typeset(element: Element, then: () => void): void {
  const formulas = element.querySelectorAll<HTMLElement>('.math[data-tex]:not([data-source])')
  if (formulas.length === 0) return
  if (loaded) {
    for (const formula of formulas) replace(formula, loaded)
    return
  }
  loading ??= Promise.all([import('katex'), import('katex/dist/katex.min.css')]).then(([module]) => module.default)
  void loading.then((ready) => {
    loaded = ready
    if (!element.isConnected) return
    for (const formula of formulas) replace(formula, ready)
    then()
  })
}

function replace(formula: HTMLElement, { render }: typeof katex): void {
  if (formula.dataset['source'] !== undefined) return
  const tex = formula.dataset['tex'] ?? ''
  const display = formula.classList.contains('display')
  const key = `${display ? 'd' : 'i'}${tex}`
  let result = made.get(key)
  if (result === undefined) {
    result = make(tex, display, render)
    if (made.size >= KEPT) made.delete(made.keys().next().value!)
    made.set(key, result)
  }
  formula.classList.toggle('broken', result === null)
  if (!result) return
  formula.dataset['source'] = formula.textContent
  formula.replaceChildren(...[...result.childNodes].map((node) => node.cloneNode(true)))
}

/** Through the DOM rather than as HTML: the page allows no style attributes in HTML. */
function make(tex: string, display: boolean, render: typeof katex.render): Element | null {
  if (tex.length > LONGEST) return null
  const element = document.createElement('span')
  try {
    render(tex, element, { displayMode: display, throwOnError: true, strict: 'ignore', trust: false, maxSize: 50 })
    return element
  } catch {
    return null
  }
}
