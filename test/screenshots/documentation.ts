import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from '@playwright/test'
import { buildIfStale } from '../../electron/launch/build.ts'
import { openBrowser } from '../e2e/support/app.ts'
import { send, setBudget } from '../e2e/support/fixtures.ts'
import { FAULTS, TestHub } from '../hub/server.ts'
import { TINY } from '../models/support.ts'
import { findTools } from '../tools.ts'

/**
 * Makes the pictures of the documentation from the real app with its built-in model: a conversation, first at its first
 * budget, then deeper; and the page of models, with a Hub on this machine.
 */
const docs = path.join(import.meta.dirname, '../../docs')
const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-pictures-'))
process.env.CHROMIUM ??= findTools().chromium ?? ''
await buildIfStale()
const model = path.join(import.meta.dirname, '../../models/default')
const clean: (() => void)[] = []
const hub = await TestHub.start((step) => clean.push(step))
const app = await openBrowser({
  data: path.join(folder, 'data'),
  cache: path.join(folder, 'cache'),
  model,
  hub: hub.endpoint,
})
const { page } = app
const LOCAL: readonly [string, string][] = [
  [new URL(hub.endpoint).host, 'huggingface.co'],
  [path.join(folder, 'data'), '~/.local/share/depthwise'],
]
async function picture(name: string): Promise<void> {
  // as it reads where the Hub is the real one, and downloads lie where a person's do
  await page.evaluate(`for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode(); )
    for (const [here, there] of ${JSON.stringify(LOCAL)}) {
      const node = walker.currentNode
      if (node.nodeValue.includes(here)) node.nodeValue = node.nodeValue.replace(here, there)
    }`)
  await page.screenshot({ path: path.join(docs, `${name}.png`) })
}
const answered = (count: number): Promise<void> =>
  expect(page.locator('[data-testid=message-answer][data-status=complete]')).toHaveCount(count, { timeout: 120_000 })
try {
  await expect(page.getByTestId('status-chip')).toContainText(/CPU|WebGPU/, { timeout: 60_000 })
  await page.mouse.move(0, 0)
  await picture('start')
  await page.getByTestId('open-settings').click()
  await page.getByRole('textbox', { name: 'Seed' }).fill('3')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await send(page, 'Explain what a rainbow is to a child.')
  await answered(1)
  await setBudget(page, 0)
  for (let i = 0; i < 5; i++) await page.keyboard.press('PageUp')
  await send(page, 'What does a librarian do?')
  await answered(2)
  await page.getByTestId('tint-toggle').click()
  // the switch slides
  await page.waitForTimeout(500)
  await page.mouse.move(0, 0)
  await picture('chat')
  await page.emulateMedia({ colorScheme: 'dark' })
  await picture('chat-dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await tune()
  await compare()
  await models()
} finally {
  await app.close()
  for (const step of clean) step()
  rmSync(folder, { recursive: true, force: true })
}

/** What the slider brings on the machine that makes the pictures. */
async function tune(): Promise<void> {
  await page.getByRole('button', { name: 'What the budget does' }).click()
  await page.getByTestId('open-tune').click()
  await page.getByTestId('tune-start').click()
  await expect(page.getByTestId('tune-start')).toBeVisible({ timeout: 400_000 })
  await page.mouse.move(0, 0)
  await picture('tune')
  await page.getByTestId('close-tune').click()
}

/** One question in three columns, with their differences. */
async function compare(): Promise<void> {
  await page.getByTestId('open-compare').click()
  await page.getByTestId('add-column').click()
  await page.getByTestId('compare-question').fill('Why does the moon change its shape?')
  await page.keyboard.press('Enter')
  await expect(page.locator('[data-testid=column][data-status=complete]')).toHaveCount(3, { timeout: 240_000 })
  await page.getByTestId('mark-differences').click()
  await page.waitForTimeout(500)
  await page.mouse.move(0, 0)
  await picture('compare')
  await page.getByTestId('close-compare').click()
}

/** The page of models: what is here, a repository that is looked up, a download that is half done, the catalogue. */
async function models(): Promise<void> {
  const repository = 'depthwise/tiny'
  const files = readdirSync(TINY).filter((file) => !file.startsWith('reference'))
  const contents = new Map(files.map((file) => [file, readFileSync(path.join(TINY, file))]))
  hub.add(repository, Object.fromEntries(contents), { licence: 'apache-2.0' })
  hub.faults = [FAULTS.stalled(contents.get('model.safetensors')!, 'model.safetensors')]
  await page.getByTestId('open-models').click()
  await page.getByTestId('section-add').click()
  await page.getByTestId('repository').fill(repository)
  await page.getByTestId('look').click()
  await expect(page.getByTestId('model-card')).toBeVisible()
  await picture('models-look')
  await page.getByTestId('download-look').click()
  await expect(page.getByTestId('download')).toContainText(/\d\sMB of/)
  await page.getByTestId('section-recommended').click()
  await picture('models-recommended')
}
