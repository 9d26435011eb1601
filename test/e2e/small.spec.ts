import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { answers, expect, send, test } from './support/fixtures.ts'

async function heightOf(page: Page, name: string): Promise<number> {
  const box = await page.getByRole('region', { name, exact: true }).boundingBox()
  return box?.height ?? 0
}

test('at 480 × 400 the slider is one line, and the conversation has the room', async ({ open }) => {
  const { page } = await open()
  await page.setViewportSize({ width: 480, height: 400 })
  await send(page, 'Do you like dogs?')
  await expect(answers(page)).toHaveAttribute('data-status', 'complete')
  expect(await heightOf(page, 'Conversation')).toBeGreaterThanOrEqual(150)
  await expect(page.getByTestId('budget-slider')).toBeInViewport({ ratio: 1 })
  await expect(page.getByTestId('composer')).toBeInViewport({ ratio: 1 })
  await expect(page.getByTestId('reading-speed')).toHaveCount(0)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])

  const fold = page.getByTestId('fold')
  await fold.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByTestId('reading-speed')).toBeInViewport()
  await expect(fold).toBeFocused()
  await expect(fold).toHaveAttribute('aria-expanded', 'true')
  await page.reload()
  await expect(page.getByTestId('reading-speed')).toBeInViewport()
})

test('what was folded stays so in a window that has the room', async ({ open }) => {
  const app = await open()
  await app.page.getByTestId('fold').click()
  await expect(app.page.getByTestId('reading-speed')).toHaveCount(0)
  await app.close()
  const { page } = await open()
  await expect(page.getByTestId('budget-slider')).toBeInViewport()
  await expect(page.getByTestId('reading-speed')).toHaveCount(0)
  await page.getByTestId('fold').click()
  await expect(page.getByTestId('reading-speed')).toBeInViewport()
})

for (const [width, height] of [
  [800, 600],
  [480, 400],
] as const)
  test(`a new chat at ${width} × ${height} begins at its top, and all of it is reached`, async ({ open }) => {
    const { page } = await open()
    await page.setViewportSize({ width, height })
    await expect(page.getByRole('heading', { name: 'How deep shall it think?' })).toBeInViewport({ ratio: 1 })
    const starters = page.getByRole('region', { name: 'Conversation' }).getByRole('listitem').getByRole('button')
    await starters.last().focus()
    await expect(starters.last()).toBeInViewport({ ratio: 1 })
    await page.getByRole('button', { name: 'Show conversations' }).click()
    await expect(page.getByTestId('open-settings')).toBeInViewport({ ratio: 1 })
    await page.getByTestId('open-settings').click()
    await expect(page.getByRole('button', { name: 'Save' })).toBeInViewport({ ratio: 1 })
    const fields = page.getByRole('dialog').getByRole('textbox')
    await fields.last().focus()
    await expect(fields.last()).toBeInViewport()
  })

test('the slider is drawn where the system’s colours are forced', async ({ open }) => {
  const { page } = await open()
  await page.emulateMedia({ forcedColors: 'active' })
  const slider = page.getByTestId('budget-slider')
  const { x, y, height } = (await slider.boundingBox())!
  // of the track, where the thumb is at neither end
  const track = () => page.screenshot({ clip: { x: x + 40, y, width: 80, height } })
  await slider.focus()
  await page.keyboard.press('Home')
  const empty = await track()
  await page.keyboard.press('End')
  await expect(slider).toHaveValue('100')
  expect((await track()).equals(empty)).toBe(false)
})
