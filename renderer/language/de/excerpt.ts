import type { Words } from '../en/index.ts'
import { number } from './formats.ts'

export const excerpt: Words['excerpt'] = {
  shown: (shown, all) => `${number(shown)} von ${number(all)} Zeilen sind zu sehen.`,
  showAll: (all) => `Alle ${number(all)} Zeilen zeigen`,
  showMore: (more) => `${number(more)} weitere Zeilen zeigen`,
}
