import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { TUNING_TEXT } from '../../electron/contract/tuning.ts'
import { expect, send, test } from './support/fixtures.ts'

async function toTune(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'What the budget does' }).click()
  await page.getByTestId('open-tune').click()
  await expect(page.getByRole('heading', { name: 'Tune' })).toBeFocused()
}

async function findNothingWrong(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Measures until there is a curve of every budget, and stops there. */
async function measure(page: Page): Promise<void> {
  await expect(page.getByTestId('tune-values').getByRole('row')).toHaveCount(12, { timeout: 120_000 })
  const stop = page.getByTestId('tune-stop')
  if (await stop.isVisible()) await stop.click({ timeout: 2000 }).catch(() => undefined)
  await expect(page.getByTestId('tune-start')).toBeVisible({ timeout: 60_000 })
}

test.setTimeout(240_000)

test('loss and speed are measured, drawn and kept; the slider moves along the curve and carries it', async ({
  open,
}) => {
  const first = await open()
  const { page } = first
  await toTune(page)
  await expect(page.getByTestId('tune-state')).toContainText('Nothing was measured yet')
  await findNothingWrong(page)
  await page.getByTestId('tune-start').click()
  await expect(page.getByTestId('tune-progress')).toContainText('the text of the app')
  await measure(page)
  await expect(page.getByTestId('tune-state')).toContainText('tokens of the text of the app, on CPU in 8 bits.')
  await findNothingWrong(page)

  const slider = page.getByTestId('tune-slider')
  await slider.press('Home')
  await expect(page.getByTestId('tune-here')).toContainText(
    /^At 0%: loss \d\.\d{3} \(perplexity \d+\.\d\d\), [\d,.]+ tokens\/s$/,
  )
  await slider.press('End')
  await expect(page.getByTestId('tune-here')).toContainText(/^At 100%/)
  await slider.press('Home')
  // the tiny model gains by depth: the lowest place is not the one
  await page.getByTestId('tune-lowest').click()
  await expect(page.getByTestId('tune-lowest-set')).toBeVisible()
  const set = await slider.inputValue()
  expect(Number(set)).toBeGreaterThan(0)

  await page.getByText('Speed', { exact: true }).last().click()
  await page.getByTestId('close-tune').click()
  await expect(page.getByTestId('budget-slider')).toHaveValue(set)
  await expect(page.getByTestId('slider-curve')).toHaveAttribute('data-shown', 'speed')
  await first.close()

  const again = (await open()).page
  await expect(again.getByTestId('slider-curve')).toHaveAttribute('data-shown', 'speed')
  await toTune(again)
  await expect(again.getByTestId('tune-state')).toContainText('tokens of the text of the app')
})

test('a file of one’s own is measured with by its name, and refused in words where it is none', async ({ open }) => {
  const { page } = await open()
  await toTune(page)
  const file = page.getByTestId('tune-file')
  await file.setInputFiles({ name: 'few.txt', mimeType: 'text/plain', buffer: Buffer.from('Few words.') })
  await expect(page.getByText('“few.txt” is too short')).toBeVisible()
  await file.setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.alloc(TUNING_TEXT.least, 0xff) })
  await expect(page.getByText('“a.png” is not a text')).toBeVisible()
  const buffer = Buffer.from('The sea is a large body of salt water. Many animals live in it. '.repeat(40))
  await file.setInputFiles({ name: 'sea.md', mimeType: 'text/markdown', buffer })
  await expect(page.getByTestId('tune-progress')).toContainText('sea.md')
  await measure(page)
  await expect(page.getByTestId('tune-state')).toContainText('tokens of sea.md')
})

test.describe('with an endless answer', () => {
  test.use({ model: 'endless' })
  test('a measurement waits for it, and goes on', async ({ open }) => {
    const { page } = await open()
    await send(page, 'Tell me about the sea')
    await expect(page.getByTestId('stop')).toBeVisible()
    await toTune(page)
    await page.getByTestId('tune-start').click()
    await expect(page.getByText('Waiting: an answer is being written.')).toBeVisible()
    await page.getByTestId('close-tune').click()
    await page.getByTestId('stop').click()
    await toTune(page)
    await expect(page.getByTestId('tune-values')).toBeVisible({ timeout: 60_000 })
    await page.getByTestId('tune-stop').click()
    await expect(page.getByTestId('tune-start')).toBeVisible()
  })
})

test.describe('with one depth', () => {
  test.use({ model: 'dense' })
  test('there is nothing to tune', async ({ open }) => {
    const { page } = await open()
    await page.goto(`${page.url().split('#')[0]!}#tune`)
    await page.reload()
    await expect(page.getByTestId('tune-nothing')).toContainText('there is nothing to tune')
  })
})
