import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { answers, expect, reading, send, setBudget, test } from './support/fixtures.ts'

const CHOICES = /recursion|budget|\bdepth\b|realised/i

/** What the page says, also to those who do not see it. */
function saidBy(page: Page): Promise<string> {
  return page.evaluate<string>(
    `[document.body.innerText, ...[...document.querySelectorAll('[aria-label], [title]')].map(
      (element) => element.getAttribute('aria-label') + ' ' + element.getAttribute('title'))].join(' ')`,
  )
}

test.describe('a model that was measured', () => {
  test('begins at the lowest budget that is as good as its best; what a person moves stays', async ({ open }) => {
    const app = await open()
    const { page } = app
    await expect(page.getByTestId('budget-slider')).toHaveValue('35')
    await expect(page.getByTestId('budget-hardly')).toHaveCount(0)
    await page.getByRole('button', { name: 'What the budget does' }).click()
    await expect(page.getByText(/0\.037 nats a token\. From 35% on/)).toBeVisible()
    await page.keyboard.press('Escape')
    await send(page, 'Do you like dogs?')
    await expect(page.getByTestId('send')).toBeVisible()
    await expect(answers(page)).toContainText('35% budget')
    await setBudget(page, 100)
    await expect(page.getByTestId('budget-slider')).toHaveValue('100')
    // the setting is told a moment later
    await page.waitForTimeout(1000)
    await app.close()
    const again = await open()
    await expect(again.page.getByTestId('budget-slider')).toHaveValue('100')
  })
})

test.describe('a model that the slider hardly changes', () => {
  test.use({ model: 'hardly' })

  test('is said to be one beside the slider, which begins at 0', async ({ open }, info) => {
    const { page } = await open()
    await expect(page.getByTestId('budget-hardly')).toHaveText('hardly changes this model’s answers')
    await expect(page.getByTestId('budget-hardly')).toBeInViewport()
    await expect(page.getByTestId('budget-slider')).toHaveValue('0')
    await page.setViewportSize({ width: 800, height: 600 }).catch(() => undefined)
    await expect(page.getByTestId('budget-hardly')).toBeInViewport()
    if (info.project.name === 'browser') expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  })
})

test.describe('a model with one depth', () => {
  test.use({ model: 'dense' })

  test('is shown without a slider, and nothing speaks of depth or budget', async ({ open }, info) => {
    const app = await open()
    const { page } = app
    await send(page, 'Do you like dogs?')
    await expect(page.getByTestId('send')).toBeVisible()
    await expect(answers(page)).toHaveAttribute('data-status', 'complete')
    await expect(page.getByTestId('budget-slider')).toHaveCount(0)
    await expect(page.getByTestId('tint-toggle')).toHaveCount(0)
    expect(await reading(page, 'reading-speed')).toBeGreaterThan(0)
    expect(await saidBy(page)).not.toMatch(CHOICES)
    await page.getByRole('button', { name: 'Details of this answer' }).click()
    await expect(page.getByText('tokens per second')).toBeVisible()
    expect(await saidBy(page)).not.toMatch(CHOICES)
    await page.keyboard.press('Escape')
    await page.getByTestId('status-chip').click()
    await expect(page.getByText(/each of its 2 layers once/)).toBeVisible()
    expect(await saidBy(page)).not.toMatch(CHOICES)
    await page.keyboard.press('Escape')
    for (const colorScheme of info.project.name === 'browser' ? (['light', 'dark'] as const) : []) {
      await page.emulateMedia({ colorScheme })
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    }
    await app.close()

    const again = await open()
    await again.page.getByTestId('conversation-item').first().click()
    await expect(answers(again.page)).toHaveCount(1)
    expect(await reading(again.page, 'reading-speed')).toBeGreaterThan(0)
    expect(await saidBy(again.page)).not.toMatch(CHOICES)
  })
})

test('settings begin with the model’s own values; what is changed is told, and goes back', async ({ open }) => {
  const { page } = await open()
  const temperature = page.getByLabel('Temperature')
  await page.getByTestId('open-settings').click()
  await expect(temperature).toHaveValue('0.7')
  await expect(page.getByLabel('Most tokens')).toHaveValue('256')
  await expect(page.getByTestId('own-values')).toHaveCount(0)
  await temperature.fill('0.3')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await send(page, 'Do you like dogs?')
  await expect(page.getByTestId('send')).toBeVisible()
  await page.getByRole('button', { name: 'Details of this answer' }).click()
  await expect(page.getByText('temperature 0.3, top-p 0.9')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByTestId('open-settings').click()
  await expect(page.getByText('the model’s own: 0.7')).toBeVisible()
  await page.getByTestId('own-values').click()
  await expect(temperature).toHaveValue('0.7')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.getByTestId('open-settings').click()
  await expect(page.getByTestId('own-values')).toHaveCount(0)
})
