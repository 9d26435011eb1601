import type { Words } from '../en/index.ts'
import { attachments } from './attachments.ts'
import { budget } from './budget.ts'

export const de: Words = { attachments, budget }
