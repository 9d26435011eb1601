import AxeBuilder from '@axe-core/playwright'
import { answers, expect, send, test } from './support/fixtures.ts'

/** Which texts are marked as found, and which of them is the one gone to. */
const MARKED = `['found', 'found-current'].map((name) => [...(CSS.highlights.get(name) ?? [])].map(String))`

test('a message is found by its text and opened on the branch that it lies on, with the hits marked', async ({
  open,
}) => {
  const { page } = await open()
  await send(page, 'Do you like zebras, or a Zebra?')
  await expect(page.getByTestId('send')).toBeVisible()
  await page.getByTestId('message-user').hover()
  await page.getByTestId('message-user').getByRole('button', { name: /edit/i }).click()
  await page.getByRole('textbox', { name: /edit/i }).fill('Do you like cats?')
  await page.getByRole('textbox', { name: /edit/i }).press('Enter')
  await expect(page.getByTestId('message-user')).toContainText('cats')
  await expect(page.getByTestId('send')).toBeVisible()
  await page.getByTestId('new-chat').click()
  await page.getByTestId('composer').focus()

  await page.keyboard.press('Control+Shift+F')
  await expect(page.getByTestId('search')).toBeFocused()
  await page.keyboard.type('zebra')
  const hit = page.getByTestId('search-hit').filter({ hasText: 'Do you like zebras' })
  await expect(hit.locator('mark')).toHaveText(['zebra', 'Zebra'])
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect(page.getByTestId('search-hit').first()).toBeFocused()
  await hit.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('message-user')).toContainText('zebras')
  await expect(page.getByTestId('find-count')).toContainText('1 of')
  await expect.poll(() => page.evaluate(`${MARKED}[1]`)).toEqual(['zebra'])
  await page.keyboard.press('F3')
  await expect(page.getByTestId('find-count')).toContainText('2 of')
  await expect.poll(() => page.evaluate(`${MARKED}[1]`)).toEqual(['Zebra'])
  await page.keyboard.press('Shift+F3')
  await expect(page.getByTestId('find-count')).toContainText('1 of')

  await page.getByTestId('search').focus()
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('search')).toHaveValue('')
  await expect(page.getByTestId('conversation-item')).toHaveCount(1)
})

test('Ctrl+F finds in the open conversation, and Escape gives the focus back', async ({ open }, info) => {
  const { page } = await open()
  await send(page, 'Tell me of otter, otter and OTTER.')
  await expect(page.getByTestId('send')).toBeVisible()
  await expect(answers(page)).toHaveCount(1)
  await page.getByTestId('composer').focus()
  await page.keyboard.press('Control+f')
  await expect(page.getByTestId('find')).toBeFocused()
  await page.keyboard.type('otter')
  await expect(page.getByTestId('find-count')).toContainText(/^\s*\d+ of \d+/)
  await expect.poll(() => page.evaluate(`${MARKED}.flat().length`)).toBeGreaterThanOrEqual(3)
  if (info.project.name === 'browser') expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.keyboard.press('Shift+Enter')
  await expect(page.getByTestId('find')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('find')).toHaveCount(0)
  await expect(page.getByTestId('composer')).toBeFocused()
  expect(await page.evaluate(`${MARKED}.flat()`)).toEqual([])
})
