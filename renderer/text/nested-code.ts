import { mount, unmount } from 'svelte'
import CopyButton from '../chat/CopyButton.svelte'
import { words } from '../language/language.svelte.ts'

/**
 * Gives code inside of lists and quotations its colours, once, and a button that copies it. Calls `then` when colours have
 * come. @param context of the components around it @returns how to take the buttons away
 */
export function dressCode(element: Element, context: Map<unknown, unknown>, then: () => void): () => void {
  let isHere = true
  const buttons = [...element.querySelectorAll<HTMLElement>('code[data-language]')].map((code) => {
    const text = code.textContent
    if (code.dataset['language'] !== '') {
      void highlighted(text, code.dataset['language'] ?? '').then((html) => {
        if (!isHere || html === null) return
        code.innerHTML = html
        code.dataset['language'] = ''
        then()
      })
    }
    return mount(CopyButton, {
      target: code.closest('.code')!,
      props: { text, label: words().text.copyCode },
      context,
    })
  })
  return () => {
    isHere = false
    for (const button of buttons) void unmount(button)
  }
}

async function highlighted(code: string, language: string): Promise<string | null> {
  const { highlight } = await import('./highlight.ts')
  return highlight(code, language)
}
