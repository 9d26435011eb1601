import { MediaQuery } from 'svelte/reactivity'
import type { Application } from '../state/application.svelte.ts'

/** Of a window this low, the unfolded panel would take most. */
export const LOW = '(max-height: 559px)'

/**
 * Whether the panel under the composer is one line. Low windows begin with it folded; what a person chooses is kept, until
 * it is what the window's height would choose too.
 */
export class Fold {
  private readonly application: Application
  private readonly low = new MediaQuery(LOW)

  constructor(application: Application) {
    this.application = application
  }

  get folded(): boolean {
    return this.application.settings?.dockFolded ?? this.low.current
  }

  toggle(): void {
    const folded = !this.folded
    void this.application.change({ dockFolded: folded === this.low.current ? null : folded })
  }
}
