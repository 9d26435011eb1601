import { de } from './de/index.ts'
import type { Words } from './en/index.ts'
import { en } from './en/index.ts'

const CATALOGUES = { en, de } satisfies Record<string, Words>
type Language = keyof typeof CATALOGUES

const chosen = $state<{ language: Language }>({ language: 'en' })

/** The sentences of the chosen language; where a component reads them while it draws, they follow the choice. */
export function words(): Words {
  return CATALOGUES[chosen.language]
}
