import type { Page } from '@playwright/test'
import { expect } from './fixtures.ts'

/** Words and spaces, as tokens are. */
const tokensOf = (text: string): string[] => text.match(/\s?\S+|\s+/g) ?? []

/** Opens a conversation that was imported, with an answer of this text whose tokens have depths 1, 2 and 3 in turn. */
export async function importAnswer(page: Page, text: string): Promise<void> {
  const tokens = tokensOf(text)
  const generation = {
    model: 'Elsewhere',
    modelId: null,
    device: 'CPU',
    budget: 50,
    budgetChanges: [],
    seed: 1,
    sampling: { temperature: 0.7, topK: 40, topP: 0.9, minP: 0, repetitionPenalty: 1, maxTokens: 500, stop: [] },
    depths: tokens.map((_, index) => 1 + (index % 3)),
    lengths: tokens.map(({ length }) => length),
    thought: null,
    promptTokens: 20,
    budgetRealised: 50,
    meanDepth: 2,
    tokensPerSecond: 20,
    ttftMs: 100,
    finishReason: 'end',
    failure: null,
  }
  const message = { status: 'complete', createdAt: 1_795_824_812_601 }
  const conversation = {
    uid: 'imported-answer-12345678',
    origin: null,
    title: 'Imported',
    createdAt: message.createdAt,
    updatedAt: message.createdAt,
    pinned: false,
    folder: null,
    leaf: 2,
    messages: [
      { ...message, id: 1, parent: null, role: 'user', text: 'Show me', generation: null },
      { ...message, id: 2, parent: 1, role: 'assistant', text, generation },
    ],
  }
  const file = { format: 'depthwise-conversations', version: 1, folders: [], conversations: [conversation] }
  await page.getByTestId('list-menu').click()
  await page.getByRole('menuitem', { name: /^import/i }).click()
  const buffer = Buffer.from(JSON.stringify(file))
  await page.getByTestId('import-files').setInputFiles({ name: 'one.json', mimeType: 'application/json', buffer })
  await expect(page.getByTestId('import-summary')).toContainText('1 conversation imported')
  await page.keyboard.press('Escape')
  await page.getByTestId('conversation-item').filter({ hasText: 'Imported' }).click()
}
