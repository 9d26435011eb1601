import type { Settings } from '../values.ts'
import { LanguageSchema } from '../values.ts'

/** A language that the app has words in. */
export type Language = Exclude<Settings['language'], 'system'>

/** The language to speak by the settings. @param wanted of the person's languages, first one first, as BCP 47 tags; they decide where the choice is the system's */
export function languageOf(choice: Settings['language'], wanted: readonly string[]): Language {
  return choice === 'system' ? firstKnown(wanted) : choice
}

function firstKnown(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0]!
    if (isLanguage(language)) return language
  }
  return 'en'
}

const isLanguage = (tag: string): tag is Language =>
  tag !== 'system' && (LanguageSchema.options as readonly string[]).includes(tag)
