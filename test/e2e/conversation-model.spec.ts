import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { answers, expect, send } from './support/fixtures.ts'
import { card, chip, NAME, test } from './support/models.ts'

async function addModel(page: Page, folder: string): Promise<void> {
  await page.getByTestId('open-models').click()
  await page.getByTestId('section-add').click()
  await page.getByTestId('model-folder').fill(folder)
  await page.getByTestId('add-folder').click()
  await expect(card(page, NAME)).toBeVisible()
  await page.getByTestId('close-models').click()
}

/** In the menu of the chip, for this conversation. */
async function chooseHere(page: Page, name: string | RegExp): Promise<void> {
  await chip(page).click()
  await page.getByText('This conversation', { exact: true }).click()
  await page.getByTestId('switch-model').filter({ hasText: name }).last().click()
}

const complete = async (page: Page, text: string): Promise<void> => {
  await send(page, text)
  await expect(answers(page).last()).toHaveAttribute('data-status', 'complete', { timeout: 60_000 })
}

test('one conversation is answered by its own model, another by the app’s', async ({ open, second }) => {
  const { page } = await open()
  await addModel(page, second)
  await chooseHere(page, NAME)
  await expect(chip(page)).toContainText(`${NAME} · not loaded yet`)
  await chip(page).click()
  await expect(page.getByText('It is loaded when a message is sent.')).toBeVisible()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.keyboard.press('Escape')
  await page.reload()
  await expect(chip(page)).toContainText(`${NAME} · not loaded yet`)

  await complete(page, 'Do you like dogs?')
  await expect(chip(page)).toHaveAttribute('data-phase', 'ready')
  await expect(chip(page)).toContainText(NAME)
  await page.getByRole('button', { name: 'Details of this answer' }).click()
  await expect(page.getByRole('definition').filter({ hasText: NAME })).toBeVisible()
  await page.keyboard.press('Escape')

  await page.getByTestId('new-chat').click()
  await expect(chip(page)).not.toContainText(NAME)
  await complete(page, 'Tell me a joke.')
  await expect(page.getByTestId('written-with')).toHaveCount(0)

  await page.getByTestId('conversation-item').filter({ hasText: 'dogs' }).click()
  await expect(chip(page)).toContainText(NAME)
  await page.reload()
  await expect(chip(page)).toContainText(NAME)
  await chooseHere(page, 'As the app')
  await expect(chip(page)).not.toContainText(NAME)
  await expect(page.getByTestId('written-with')).toContainText(`Written with ${NAME}.`)
})

test('a model that has gone is said, with the choice to use the app’s', async ({ open, second }) => {
  const { page } = await open()
  await addModel(page, second)
  await chooseHere(page, NAME)
  await complete(page, 'Do you like dogs?')
  await page.getByTestId('open-models').click()
  await card(page, NAME).getByTestId('delete-model').click()
  await page.getByTestId('confirm-removal').click()
  await expect(card(page, NAME)).toHaveCount(0)
  await page.getByTestId('close-models').click()
  await expect(page.getByTestId('model-gone')).toContainText(`${NAME}, which is not on this machine.`)
  await page.getByTestId('model-gone').getByRole('button', { name: /^Use / }).click()
  await expect(page.getByTestId('model-gone')).toHaveCount(0)
  await complete(page, 'And cats?')
  await expect(answers(page)).toHaveCount(2)
})
