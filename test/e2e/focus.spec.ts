import type { Page } from '@playwright/test'
import { expect, send, test } from './support/fixtures.ts'

/** What has the focus, by its test id or text; body where nothing has. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const { activeElement: at } = document
    return at === document.body ? 'body' : (at.dataset.testid ?? at.getAttribute('aria-label') ?? at.textContent.trim())
  })()`)

test('the focus is not lost where a button goes away or can do no more', async ({ open }) => {
  const { page } = await open()
  for (const text of ['Do you like dogs?', 'Do you like cats?']) {
    await page.getByTestId('new-chat').click()
    await send(page, text)
    await expect(page.getByTestId('send')).toBeVisible()
  }
  const item = (text: RegExp) => page.getByTestId('conversation-item').filter({ hasText: text })

  // a conversation that moves in the list
  await item(/dogs/).focus()
  await page.keyboard.press('Shift+F10')
  await page.getByRole('menuitem', { name: 'Pin' }).press('Enter')
  await expect(item(/dogs/)).toBeFocused()

  // the last of its kind in a dialog
  await item(/cats/).focus()
  await page.keyboard.press('Delete')
  await page.getByTestId('list-menu').click()
  await page.getByRole('menuitem', { name: /recently deleted/i }).press('Enter')
  await page.getByRole('button', { name: /^Bring back/ }).press('Enter')
  await expect(page.getByTestId('deleted-conversation')).toHaveCount(0)
  await expect.poll(() => focused(page)).toBe('Done')
  await page.keyboard.press('Enter')

  // a button that is disabled by what it does
  await page.getByTestId('open-compare').click()
  const add = page.getByRole('button', { name: 'Add a column' })
  await add.press('Enter')
  await expect(add).toBeFocused()
  await add.press('Enter')
  await expect(add).toBeDisabled()
  await expect.poll(() => focused(page)).toBe('Compare')

  // a try that fails, and what is said of it
  await page.getByTestId('open-models').click()
  await page.getByTestId('section-add').click()
  for (const folder of ['/nowhere/one', '/nowhere/two']) {
    await page.getByTestId('model-folder').fill(folder)
    await page.getByTestId('add-folder').press('Enter')
    await expect(page.locator('.notice')).toHaveCount(1)
    await expect(page.locator('.notice')).toContainText(folder)
    await expect(page.getByTestId('add-folder')).toBeFocused()
  }
  await page.getByTestId('open-help').click()
  await expect(page.locator('.notice')).toHaveCount(0)
})

test('a measurement that is stopped leaves the focus where the next one begins', async ({ open }) => {
  const { page } = await open()
  await page.getByTestId('budget-what').click()
  await page.getByTestId('open-tune').click()
  await page.getByTestId('tune-start').press('Enter')
  await expect(page.getByTestId('tune-stop')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('tune-start')).toBeFocused()
})
