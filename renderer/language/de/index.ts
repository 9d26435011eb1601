import type { Words } from '../en/index.ts'
import { budget } from './budget.ts'
import { compare } from './compare.ts'
import { pages } from './pages.ts'
import { search } from './search.ts'
import { shortcuts } from './shortcuts.ts'
import { status } from './status.ts'
import { ui } from './ui.ts'

export const de: Words = { budget, compare, pages, search, shortcuts, status, ui }
