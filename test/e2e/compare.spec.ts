import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { answers, expect, send, test } from './support/fixtures.ts'

const column = (page: Page, name: string) => page.getByRole('region', { name: `Column ${name}` })
const columns = (page: Page) => page.getByTestId('column')

async function ask(page: Page, text: string): Promise<void> {
  await page.getByTestId('open-compare').click()
  await page.getByTestId('compare-question').fill(text)
  await page.keyboard.press('Enter')
}

async function findNothing(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(
      violations.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    ).toEqual([])
  }
}

test('two columns are written at once; what one differs in is marked; one becomes the conversation', async ({
  open,
}) => {
  const { page } = await open()
  await ask(page, 'Tell me about the sea.')
  await expect(columns(page)).toHaveCount(2)
  for (const index of [0, 1])
    await expect(columns(page).nth(index)).toHaveAttribute('data-status', 'complete', { timeout: 60_000 })
  await expect(columns(page).nth(0).getByTestId('column-depth')).toContainText('1.0')
  await expect(columns(page).nth(1).getByTestId('column-depth')).toContainText('3.0')
  await findNothing(page)
  const plain = await columns(page).nth(1).getByTestId('column-text').innerText()
  await page.getByTestId('mark-differences').click()
  const marked = columns(page).nth(1).getByTestId('differences')
  await expect(marked.locator('ins, del').first()).toBeVisible()
  await findNothing(page)
  await columns(page).nth(1).getByTestId('keep-column').click()
  await expect(answers(page)).toHaveCount(1)
  await expect(answers(page)).toContainText(plain.split('\n')[0]!)
  await expect(page.getByTestId('conversation-item')).toHaveCount(1)

  // the comparison is still there, and another column is kept beside the first
  await page.keyboard.press('Control+Shift+E')
  await columns(page).nth(0).getByTestId('keep-column').click()
  await expect(page.getByRole('group', { name: 'Other answers' })).toContainText('2 / 2')
  await page.getByTestId('show-differences').click()
  await expect(answers(page).getByTestId('differences').locator('ins, del').first()).toBeVisible()
  await findNothing(page)
  await expect(page.getByTestId('conversation-item')).toHaveCount(1)
})

test('from an answer, with what stands before it; by keyboard', async ({ open }) => {
  const { page } = await open()
  await send(page, 'Tell me about the sea.')
  await expect(answers(page)).toHaveAttribute('data-status', 'complete', { timeout: 60_000 })
  await page.getByRole('button', { name: 'Compare at other budgets' }).press('Enter')
  await expect(page.getByTestId('compare-question')).toHaveValue('Tell me about the sea.')
  await expect(page.getByTestId('compare-page')).toContainText('In “Tell me about the sea.”')
  await expect(page.getByTestId('compare-question')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(columns(page).nth(0)).toHaveAttribute('data-status', 'complete', { timeout: 60_000 })
  await expect(columns(page).nth(1)).toHaveAttribute('data-status', 'complete', { timeout: 60_000 })
  await columns(page).nth(0).getByTestId('keep-column').press('Enter')
  await expect(page.getByRole('group', { name: 'Other answers' })).toContainText('2 / 2')
})

test.describe('with a model that writes without end', () => {
  test.use({ model: 'endless' })

  test('each column has its slider and its stop; a page that is loaded again shows them; a crash is said', async ({
    open,
  }) => {
    const app = await open()
    const { page } = app
    await ask(page, 'Tell me about the sea.')
    const [left, right] = [columns(page).nth(0), columns(page).nth(1)]
    await expect.poll(async () => (await column(page, 'A').innerText()).length).toBeGreaterThan(40)
    await left.getByTestId('column-budget').focus()
    await page.keyboard.press('End')
    await expect(left.getByTestId('column-depth')).toContainText('3.0')
    await right.getByTestId('stop-column').click()
    await expect(right).toHaveAttribute('data-status', 'stopped')
    await expect(left).toHaveAttribute('data-status', 'streaming')
    await page.reload()
    await expect(left).toHaveAttribute('data-status', 'streaming')
    await expect(right).toContainText(/stopped by you/i)
    await app.killEngine()
    await expect(left.getByRole('alert')).toContainText(/interrupted|went away|stopped unexpectedly|crashed/i)
    expect((await column(page, 'A').innerText()).length).toBeGreaterThan(40)
  })
})

test('columns stand one below the other where the window is narrow', async ({ open }) => {
  const { page } = await open()
  await page.setViewportSize({ width: 480, height: 400 })
  await ask(page, 'Tell me about the sea.')
  await expect(columns(page).nth(1)).toHaveAttribute('data-status', 'complete', { timeout: 60_000 })
  const [first, second] = [(await columns(page).nth(0).boundingBox())!, (await columns(page).nth(1).boundingBox())!]
  expect(second.y).toBeGreaterThanOrEqual(first.y + first.height)
  expect(first.width).toBeLessThanOrEqual(480)
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(480)
  await columns(page).nth(1).getByTestId('keep-column').scrollIntoViewIfNeeded()
  await expect(columns(page).nth(1).getByTestId('keep-column')).toBeInViewport()
})
