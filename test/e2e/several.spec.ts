import type { Page } from '@playwright/test'
import { answers, expect, reading, send, setBudget, test } from './support/fixtures.ts'

test.use({ model: 'endless' })

const conversation = (page: Page, title: string) => page.getByTestId('conversation-item').filter({ hasText: title })

async function limitTokens(page: Page, tokens: number): Promise<void> {
  await page.getByTestId('open-settings').click()
  await page.getByRole('textbox', { name: 'Most tokens' }).fill(String(tokens))
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

/** Asks in a new conversation and waits until the answer is being written. */
async function ask(page: Page, text: string): Promise<void> {
  await page.getByTestId('new-chat').click()
  await expect(page.getByTestId('send')).toBeVisible()
  await send(page, text)
  await expect(answers(page)).toHaveAttribute('data-status', 'streaming')
  await expect.poll(async () => (await answers(page).innerText()).length).toBeGreaterThan(20)
}

test('two conversations are answered at once, whichever is on view', async ({ open }) => {
  const { page } = await open()
  await ask(page, 'Tell me about the sea.')
  await ask(page, 'Tell me about the hills.')
  await expect(page.getByTestId('answering')).toHaveText(['answering', 'answering'])

  for (const title of ['sea', 'hills', 'sea']) {
    await conversation(page, title).click()
    await expect(page.getByTestId('message-user')).toContainText(title)
    const length = async (): Promise<number> => (await answers(page).innerText()).length
    await expect.poll(length).toBeGreaterThan(20)
    const before = await length()
    await expect.poll(length).toBeGreaterThan(before)
    await expect(page.getByTestId('answering')).toHaveCount(2)
  }
})

test('both answers become complete', async ({ open }) => {
  const { page } = await open()
  await limitTokens(page, 400)
  for (const title of ['sea', 'hills']) {
    await page.getByTestId('new-chat').click()
    await expect(page.getByTestId('send')).toBeVisible()
    await send(page, `Tell me about the ${title}.`)
    await expect(answers(page)).toHaveCount(1)
  }
  await expect(page.getByTestId('answering')).toHaveCount(0, { timeout: 60_000 })
  await expect(answers(page)).toHaveAttribute('data-status', 'complete')
  const hills = await answers(page).innerText()
  await conversation(page, 'sea').click()
  await expect(page.getByTestId('message-user')).toContainText('sea')
  await expect(answers(page)).toHaveAttribute('data-status', 'complete')
  expect(await answers(page).innerText()).not.toBe(hills)
})

test('slider and Stop are for the answer on view alone', async ({ open }) => {
  const { page } = await open()
  await setBudget(page, 0)
  await ask(page, 'Tell me about the sea.')
  await ask(page, 'Tell me about the hills.')
  await setBudget(page, 100)
  await expect.poll(() => reading(page, 'reading-depth')).toBe(3)
  await conversation(page, 'sea').click()
  await expect(page.getByTestId('budget-slider')).toHaveValue('0')
  await expect.poll(() => reading(page, 'reading-depth')).toBe(1)
  await page.getByTestId('stop').click()
  await expect(answers(page)).toContainText(/stopped/i)
  await expect(page.getByTestId('send')).toBeVisible()
  await conversation(page, 'hills').click()
  await expect(page.getByTestId('budget-slider')).toHaveValue('100')
  await expect(answers(page)).toHaveAttribute('data-status', 'streaming')
  await expect.poll(() => reading(page, 'reading-depth')).toBe(3)
  await page.getByTestId('stop').click()
  await expect(page.getByTestId('answering')).toHaveCount(0)
})

test('a page that is loaded again shows both as they stand, and they go on', async ({ open }) => {
  const { page } = await open()
  await ask(page, 'Tell me about the sea.')
  await ask(page, 'Tell me about the hills.')
  await page.reload()
  await expect(page.getByTestId('answering')).toHaveText(['answering', 'answering'])
  for (const title of ['sea', 'hills']) {
    await conversation(page, title).click()
    await expect(page.getByTestId('message-user')).toContainText(title)
    const before = (await answers(page).innerText()).length
    await expect.poll(async () => (await answers(page).innerText()).length).toBeGreaterThan(before)
    await page.getByTestId('stop').click()
    await expect(page.getByTestId('send')).toBeVisible()
  }
})

test('the engine killed while it writes two answers: both halves are kept and marked', async ({ open }) => {
  const app = await open()
  const { page } = app
  await ask(page, 'Tell me about the sea.')
  await ask(page, 'Tell me about the hills.')
  await app.killEngine()
  for (const title of ['hills', 'sea']) {
    await conversation(page, title).click()
    await expect(page.getByTestId('message-user')).toContainText(title)
    await expect(answers(page)).toContainText(/interrupted|went away/i)
    expect((await answers(page).innerText()).length).toBeGreaterThan(40)
  }
  await expect(page.getByTestId('answering')).toHaveCount(0)
})
