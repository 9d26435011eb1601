import { untrack } from 'svelte'
import { DepthwiseError } from '../../models/common/errors.ts'
import { ConnectionLost, Misread } from '../connection/transport.ts'
import { words } from '../language/language.svelte.ts'
import { failureWords } from '../ui/failure.ts'
import type { Navigation } from './navigation.svelte.ts'

export interface Notice {
  id: number
  kind: 'note' | 'error'
  text: string
  /** What it is about, where it goes with that. */
  about: object | null
}

/** Sentences for the person that stay until they are dismissed. */
export class Notices {
  private nextId = 0
  all = $state.raw<readonly Notice[]>([])

  note(text: string, about: object | null = null): void {
    this.add('note', text, about)
  }

  /** Takes away what was said about something. */
  forget(about: object): void {
    if (this.all.some((notice) => notice.about === about))
      this.all = this.all.filter((notice) => notice.about !== about)
  }

  /** Waits for an action of the person and says why it failed, unless that `matters` no more; tells whether it worked. */
  async during(action: Promise<unknown>, matters = () => true): Promise<boolean> {
    try {
      await action
      return true
    } catch (error) {
      if (matters()) this.add('error', sentence(error))
      return false
    }
  }

  forgetFailures(): void {
    if (this.all.some(({ kind }) => kind === 'error')) this.all = this.all.filter(({ kind }) => kind !== 'error')
  }

  dismiss(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id)
  }

  private add(kind: Notice['kind'], text: string, about: object | null = null): void {
    if (this.all.some((notice) => notice.text === text)) return
    this.all = [...this.all, { id: this.nextId++, kind, text, about }].slice(-3)
  }
}

/** From within a component: a failure on one page is not shown on another. */
export function keepToPage(notices: Notices, navigation: Navigation): void {
  let before: string | null = null
  $effect(() => {
    const page = `${navigation.view} ${navigation.section} ${navigation.helpSection}`
    untrack(() => {
      if (before !== null && page !== before) notices.forgetFailures()
    })
    before = page
  })
}

/** What is said of an action that failed. */
export function sentence(error: unknown): string {
  if (error instanceof DepthwiseError) return failureWords(error)
  if (error instanceof ConnectionLost) return words().state.connectionLost
  if (error instanceof Misread) return `${words().state.misread(error.call)} (${error.detail})`
  return words().state.unforeseen(error instanceof Error ? error.message : String(error))
}
