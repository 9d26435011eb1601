import type { Words } from '../en/index.ts'
import { budget } from './budget.ts'
import { ui } from './ui.ts'

export const de: Words = { budget, ui }
