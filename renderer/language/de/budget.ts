import type { Words } from '../en/index.ts'

export const budget: Words['budget'] = {
  think: 'Vor der Antwort nachdenken',
}
