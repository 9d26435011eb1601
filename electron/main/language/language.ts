import { app } from 'electron'
import { languageOf } from '../../contract/language/language.ts'
import type { Settings } from '../../contract/values.ts'
import { de } from './de.ts'
import type { MainWords } from './en.ts'
import { en } from './en.ts'

const CATALOGUES = { en, de }

let choice: Settings['language'] = 'system'

/** The words of the chosen language; what shows them asks anew each time. Only when the app is ready. */
export function words(): MainWords {
  return CATALOGUES[languageOf(choice, app.getPreferredSystemLanguages())]
}

/** Has menus, dialogs and notifications speak a language from now on. */
export function speak(chosen: Settings['language']): void {
  choice = chosen
}
