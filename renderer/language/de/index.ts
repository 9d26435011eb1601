import type { Words } from '../en/index.ts'
import { budget } from './budget.ts'
import { compare } from './compare.ts'

export const de: Words = { budget, compare }
