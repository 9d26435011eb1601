export type View = 'chat' | 'models'
export type Section = 'machine' | 'recommended' | 'add'

const ADDRESS = 'models'

/** What a page's address asks for. */
export const viewInAddress = (): View => (window.location.hash.slice(1) === ADDRESS ? 'models' : 'chat')

/** What the window shows beside the list of conversations. */
export class Navigation {
  view = $state<View>('chat')
  /** Of the page of models. */
  section = $state<Section>('machine')

  constructor(view: View) {
    this.view = view
  }

  toModels(section: Section): void {
    this.section = section
    this.view = 'models'
  }

  toChat(): void {
    this.view = 'chat'
  }

  /** What follows the # of the page's address; null where the conversation on view says it. */
  get address(): string | null {
    return this.view === 'models' ? ADDRESS : null
  }
}
