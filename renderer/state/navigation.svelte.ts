export type View = 'chat' | 'models' | 'help' | 'tune' | 'compare'
export type Section = 'machine' | 'recommended' | 'add'
export type HelpSection = 'shortcuts' | 'privacy' | 'about'

/** What follows the # of the page's address, where that is no conversation. */
export const ADDRESSES: readonly View[] = ['models', 'help', 'tune', 'compare']

/** What the window shows beside the list of conversations. */
export class Navigation {
  view = $state<View>('chat')
  /** Of the page of models. */
  section = $state<Section>('machine')
  /** Of the pages of help. */
  helpSection = $state<HelpSection>('shortcuts')

  constructor(view: View) {
    this.view = view
  }

  toModels(section: Section): void {
    this.section = section
    this.view = 'models'
  }

  toHelp(section: HelpSection): void {
    this.helpSection = section
    this.view = 'help'
  }

  toTune(): void {
    this.view = 'tune'
  }

  toCompare(): void {
    this.view = 'compare'
  }

  toChat(): void {
    this.view = 'chat'
  }
}
