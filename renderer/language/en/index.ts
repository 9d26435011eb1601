import { budget } from './budget.ts'
import { compare } from './compare.ts'

/** Everything that a person reads in the window, by the folder of renderer/ that shows it. */
export const en = { budget, compare }

/** A catalogue: sentences, and functions of what stands in them. The other languages are checked against English. */
export type Words = typeof en
