export type View = 'chat' | 'models'
export type Section = 'machine' | 'recommended' | 'add'

/** What follows the # of the page's address. */
export const MODELS_ADDRESS = 'models'

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
}
