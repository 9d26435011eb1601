import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from '@playwright/test'
import { buildIfStale } from '../electron/launch/build.ts'
import { openBrowser } from './e2e/support/app.ts'
import { answers, send, setBudget } from './e2e/support/fixtures.ts'
import { findTools } from './tools.ts'

/** Makes the pictures of the README from the real app with its built-in model. */
const docs = path.join(import.meta.dirname, '../docs')
const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-pictures-'))
process.env.CHROMIUM ??= findTools().chromium ?? ''
await buildIfStale()
const app = await openBrowser({ data: path.join(folder, 'data'), cache: path.join(folder, 'cache') })
const { page } = app
try {
  await expect(page.getByTestId('status-chip')).toContainText(/CPU|WebGPU/, { timeout: 30_000 })
  for (const question of ['Do you like dogs?', 'What does the word "island" mean?']) {
    await page.getByTestId('new-chat').click()
    await setBudget(page, 100)
    await page.keyboard.press('PageDown')
    await page.keyboard.press('PageDown')
    await send(page, question)
    await expect(page.getByTestId('send')).toBeVisible()
  }
  await expect(answers(page)).toHaveCount(1)
  await page.getByTestId('tint-toggle').click()
  await page.mouse.move(0, 0)
  await page.screenshot({ path: path.join(docs, 'chat.png') })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: path.join(docs, 'chat-dark.png') })
} finally {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
}
