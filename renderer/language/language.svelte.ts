import type { Language } from '../../electron/contract/language/language.ts'
import { languageOf } from '../../electron/contract/language/language.ts'
import type { Settings } from '../../electron/contract/values.ts'
import { formats as german } from './de/formats.ts'
import { de } from './de/index.ts'
import { told as inGerman } from './de/told/index.ts'
import { formats as english } from './en/formats.ts'
import type { Words } from './en/index.ts'
import { en } from './en/index.ts'
import type { Formats } from './formats.ts'
import type { Translator } from './told.ts'
import { translator } from './told.ts'

interface Catalogue {
  words: Words
  formats: Formats
  told: Translator
}

const AS_IT_IS: Translator = { say: (text) => text, sayWhole: (text) => text }

const CATALOGUES: Readonly<Record<Language, Catalogue>> = {
  en: { words: en, formats: english, told: AS_IT_IS },
  de: { words: de, formats: german, told: translator(inGerman, german.locale) },
}

const chosen = $state<{ language: Language }>({ language: 'en' })

/** The sentences of the chosen language; where a component reads them while it draws, they follow the choice. */
export function words(): Words {
  return CATALOGUES[chosen.language].words
}

/** How the chosen language writes numbers and times. */
export function formats(): Formats {
  return CATALOGUES[chosen.language].formats
}

/** What the host or the library says in English, in the chosen language. */
export function told(text: string): string {
  return CATALOGUES[chosen.language].told.say(text)
}

/** The same, where all of it can be said; null else. */
export function toldWhole(text: string): string | null {
  return CATALOGUES[chosen.language].told.sayWhole(text)
}

/** Has the window speak a language from now on. @param wanted of the person's languages, first one first, where the system decides */
export function speak(choice: Settings['language'], wanted: readonly string[] = navigator.languages): void {
  chosen.language = languageOf(choice, wanted)
  if (typeof document !== 'undefined') document.documentElement.lang = chosen.language
}

/** Keeps to a choice from within a component, also where the languages of the system change. */
export function speakAsChosen(choice: () => Settings['language']): void {
  $effect.pre(() => {
    const again = () => {
      speak(choice())
    }
    again()
    window.addEventListener('languagechange', again)
    return () => {
      window.removeEventListener('languagechange', again)
    }
  })
}
