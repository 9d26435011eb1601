import type { Words } from '../en/index.ts'
import { budget } from './budget.ts'
import { compare } from './compare.ts'
import { endpoint } from './endpoint.ts'
import { excerpt } from './excerpt.ts'
import { exchange } from './exchange.ts'
import { organising } from './organising.ts'
import { pages } from './pages.ts'
import { search } from './search.ts'
import { settings } from './settings.ts'
import { shortcuts } from './shortcuts.ts'
import { sidebar } from './sidebar.ts'
import { status } from './status.ts'
import { ui } from './ui.ts'

export const de: Words = {
  budget,
  compare,
  endpoint,
  excerpt,
  exchange,
  organising,
  pages,
  search,
  settings,
  shortcuts,
  sidebar,
  status,
  ui,
}
