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

/** Everything that a person reads in the window, by the folder of renderer/ that shows it. */
export const en = {
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

/** A catalogue: sentences, and functions of what stands in them. The other languages are checked against English. */
export type Words = typeof en
