import type { Words } from '../en/index.ts'
import { budget } from './budget.ts'

export const de: Words = { budget }
