import { budget } from './budget.ts'
import { compare } from './compare.ts'
import { pages } from './pages.ts'
import { search } from './search.ts'
import { shortcuts } from './shortcuts.ts'
import { status } from './status.ts'
import { ui } from './ui.ts'

/** Everything that a person reads in the window, by the folder of renderer/ that shows it. */
export const en = { budget, compare, pages, search, shortcuts, status, ui }

/** A catalogue: sentences, and functions of what stands in them. The other languages are checked against English. */
export type Words = typeof en
