import type { Words } from '../en/index.ts'
import { budget } from './budget.ts'
import { tune } from './tune.ts'

export const de: Words = { budget, tune }
