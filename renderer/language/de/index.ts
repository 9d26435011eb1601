import type { Words } from '../en/index.ts'
import { budget } from './budget.ts'
import { pace } from './pace.ts'

export const de: Words = { budget, pace }
