import AxeBuilder from '@axe-core/playwright'
import { answers, expect, send, test } from './support/fixtures.ts'

test.use({ model: 'endless' })

test('a speed that any machine holds gives all the budget; one that none holds gives none, and the dock says so', async ({
  open,
}) => {
  const { page } = await open()
  await page.getByTestId('pace').click()
  await page.getByTestId('pace-hold').check()
  await page.getByTestId('pace-at-least').fill('1')
  await page.keyboard.press('Tab')
  await expect(page.getByTestId('budget-note')).toContainText('1 token/s, from the next answer on')
  await page.keyboard.press('Escape')
  await send(page, 'Tell me about the sea.')
  await expect(page.getByTestId('budget-note')).toContainText('leaves room for all the budget')
  await expect(page.getByTestId('budget-slider')).toHaveValue('100')

  await page.getByTestId('pace').click()
  await page.getByTestId('pace-at-least').fill('10000')
  await page.keyboard.press('Tab')
  await expect(page.getByTestId('budget-note')).toContainText('Too slow to hold 10,000 tokens/s')
  await expect(page.getByTestId('budget-slider')).toHaveValue('0')
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.keyboard.press('Escape')

  await page.getByTestId('budget-slider').focus()
  await page.keyboard.press('End')
  await expect(page.getByTestId('budget-note')).toContainText('By hand again')
  await expect(page.getByTestId('pace')).toContainText('By hand')
  await expect(page.getByTestId('reading-asked')).toHaveText('100%')
  await expect(page.getByTestId('budget-slider')).toHaveValue('100')
  await page.getByTestId('stop').click()
  await expect(answers(page)).toHaveAttribute('data-status', 'stopped')
})

test('quiet is slow and shallow, and is still there after a restart', async ({ open }) => {
  const app = await open()
  await app.page.getByTestId('pace').click()
  await app.page.getByTestId('pace-quiet').check()
  await app.page.getByTestId('pace-quiet-budget').fill('0')
  await app.page.keyboard.press('Tab')
  await expect(app.page.getByTestId('budget-note')).toContainText('and budget 0%')
  await app.close()
  const { page } = await open()
  await expect(page.getByTestId('pace')).toContainText('Quiet')
  await expect(page.getByTestId('budget-slider')).toHaveValue('0')
  await send(page, 'Tell me about the sea.')
  await expect(page.getByTestId('reading-depth')).toContainText('1.0')
  await expect.poll(async () => Number.parseFloat(await page.getByTestId('reading-speed').innerText())).toBeLessThan(7)
  await page.getByTestId('stop').click()
  await expect(answers(page)).toHaveAttribute('data-status', 'stopped')
})

test('folded, at 480 × 400, all that stands under the panel is behind one button', async ({ open }) => {
  const { page } = await open()
  await page.setViewportSize({ width: 480, height: 400 })
  await expect(page.getByTestId('context-line')).toBeAttached()
  await page.getByTestId('more').focus()
  await page.keyboard.press('Enter')
  for (const name of ['pace-hold', 'pace-on-battery', 'tint-toggle', 'context']) {
    await page.getByTestId(name).scrollIntoViewIfNeeded()
    await expect(page.getByTestId(name)).toBeInViewport({ ratio: 0.95 })
  }
  await page.getByTestId('tint-toggle').click()
  await expect(page.getByTestId('tint-toggle')).toHaveAttribute('aria-checked', 'true')
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('more')).toBeFocused()
})
