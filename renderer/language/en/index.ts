import { en as shared } from '../../../electron/contract/language/en.ts'
import { attachments } from './attachments.ts'
import { budget } from './budget.ts'
import { chat } from './chat.ts'
import { compare } from './compare.ts'
import { composer } from './composer.ts'
import { endpoint } from './endpoint.ts'
import { excerpt } from './excerpt.ts'
import { exchange } from './exchange.ts'
import { model } from './model.ts'
import { models } from './models.ts'
import { organising } from './organising.ts'
import { pace } from './pace.ts'
import { pages } from './pages.ts'
import { search } from './search.ts'
import { settings } from './settings.ts'
import { shortcuts } from './shortcuts.ts'
import { sidebar } from './sidebar.ts'
import { state } from './state.ts'
import { status } from './status.ts'
import { text } from './text.ts'
import { tune } from './tune.ts'
import { ui } from './ui.ts'

/** Everything that a person reads in the window, by the folder of renderer/ that shows it. */
export const en = {
  attachments,
  budget,
  chat,
  compare,
  composer,
  endpoint,
  excerpt,
  exchange,
  model,
  models,
  organising,
  pace,
  pages,
  search,
  settings,
  shared,
  shortcuts,
  sidebar,
  state,
  status,
  text,
  tune,
  ui,
}

/** A catalogue: sentences, and functions of what stands in them. The other languages are checked against English. */
export type Words = typeof en
