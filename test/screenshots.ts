import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from '@playwright/test'
import { buildIfStale } from '../electron/launch/build.ts'
import { openBrowser } from './e2e/support/app.ts'
import { send, setBudget } from './e2e/support/fixtures.ts'
import { findTools } from './tools.ts'

/** Makes the pictures of the README from the real app with its built-in model: one puzzle, asked at both ends of the slider. */
const docs = path.join(import.meta.dirname, '../docs')
const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-pictures-'))
process.env.CHROMIUM ??= findTools().chromium ?? ''
await buildIfStale()
const app = await openBrowser({ data: path.join(folder, 'data'), cache: path.join(folder, 'cache') })
const { page } = app
const answered = (count: number): Promise<void> =>
  expect(page.locator('[data-testid=message-answer][data-status=complete]')).toHaveCount(count)
try {
  await expect(page.getByTestId('status-chip')).toContainText(/CPU|WebGPU/, { timeout: 30_000 })
  await page.mouse.move(0, 0)
  await page.screenshot({ path: path.join(docs, 'start.png') })
  await send(page, 'Hello! How are you?')
  await answered(1)
  await page.getByTestId('new-chat').click()
  const puzzle = page.getByRole('button', { name: /three behind Tim/ })
  const question = (await puzzle.innerText()).trim()
  await setBudget(page, 0)
  await puzzle.click()
  await answered(1)
  await setBudget(page, 100)
  for (let i = 0; i < 5; i++) await page.keyboard.press('PageDown')
  await send(page, question)
  await answered(2)
  await page.getByTestId('tint-toggle').click()
  // the switch slides
  await page.waitForTimeout(500)
  await page.mouse.move(0, 0)
  await page.screenshot({ path: path.join(docs, 'chat.png') })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: path.join(docs, 'chat-dark.png') })
} finally {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
}
