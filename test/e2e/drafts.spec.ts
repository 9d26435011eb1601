import type { Page } from '@playwright/test'
import { answers, expect, send, test } from './support/fixtures.ts'

const composer = (page: Page) => page.getByTestId('composer')

test('what is typed is kept for each conversation, over New chat, a reload and a restart, and goes when it is sent', async ({
  open,
}) => {
  const first = await open()
  const { page } = first
  await send(page, 'Do you like dogs?')
  await expect(page.getByTestId('send')).toBeVisible()
  await composer(page).fill('and what about')
  await page.getByTestId('new-chat').click()
  await expect(composer(page)).toHaveValue('')
  await composer(page).fill('a new thought')
  await page.getByTestId('conversation-item').click()
  await expect(composer(page)).toHaveValue('and what about')
  await page.reload()
  await expect(composer(page)).toHaveValue('and what about')
  await page.getByTestId('new-chat').click()
  await expect(composer(page)).toHaveValue('a new thought')
  await first.close()

  const second = await open()
  await expect(composer(second.page)).toHaveValue('a new thought')
  await composer(second.page).press('Enter')
  await expect(answers(second.page)).toHaveCount(1)
  await expect(composer(second.page)).toHaveValue('')
  await second.page.reload()
  await second.page.getByTestId('new-chat').click()
  await expect(composer(second.page)).toHaveValue('')
  await second.page.getByTestId('conversation-item').filter({ hasText: 'dogs' }).click()
  await expect(composer(second.page)).toHaveValue('and what about')
})

test('a message that does not fit is refused in words, stays where it was typed and leaves nothing behind', async ({
  open,
}) => {
  const { page } = await open()
  const long = 'word '.repeat(2000)
  await composer(page).fill(long)
  await expect(page.getByTestId('context-bar')).toContainText(/This message alone takes .* tokens.*Shorten it/)
  await expect(page.getByTestId('send')).toBeDisabled()
  await composer(page).press('Enter')
  await expect(composer(page)).toHaveValue(long)
  await expect(page.getByTestId('conversation-item')).toHaveCount(0)
  await composer(page).fill('Do you like dogs?')
  await expect(page.getByTestId('context-bar')).toHaveCount(0)
  await composer(page).press('Enter')
  await expect(answers(page)).toHaveCount(1)
})

test('the focus goes where a person goes on after renaming, deleting, editing and asking again', async ({ open }) => {
  const { page } = await open()
  for (const text of ['About dogs?', 'About cats?']) {
    await page.getByTestId('new-chat').click()
    await send(page, text)
    await expect(page.getByTestId('send')).toBeVisible()
  }
  const item = (text: string) => page.getByTestId('conversation-item').filter({ hasText: text })
  await item('cats').press('F2')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('About birds')
  await page.keyboard.press('Enter')
  await expect(item('birds')).toBeFocused()
  await page.getByRole('button', { name: 'Edit this message' }).click()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Edit this message' })).toBeFocused()
  await answers(page)
    .getByRole('button', { name: /answer again/i })
    .press('Enter')
  await expect(composer(page)).toBeFocused()
  await expect(answers(page)).toContainText('2 / 2')
  await page.getByRole('button', { name: 'Previous answer' }).press('Enter')
  await expect(page.getByRole('button', { name: 'Next answer' })).toBeFocused()

  await item('birds').press('Delete')
  await expect(item('dogs')).toBeFocused()
})

test.describe('an answer that goes on and on', () => {
  test.use({ model: 'endless' })

  test('is stopped by Escape, but not by one that closes something in front of it', async ({ open }) => {
    const { page } = await open()
    await send(page, 'Tell me a story.')
    await expect(page.getByTestId('stop')).toHaveAttribute('title', 'Stop (Escape)')
    await page.getByTestId('open-settings').click()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(page.getByTestId('open-settings')).toBeFocused()
    await page.getByTestId('status-chip').click()
    await page.keyboard.press('Escape')
    await expect(page.getByTestId('stop')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(answers(page)).toContainText('Stopped by you.')
  })
})
