import AxeBuilder from '@axe-core/playwright'
import { answers, expect, send, test } from './support/fixtures.ts'

for (const theme of ['light', 'dark'] as const) {
  test(`a screen reader finds its way, ${theme}`, async ({ open }, info) => {
    test.skip(info.project.name === 'electron', 'the same page; axe needs a browser context of its own')
    const { page } = await open()
    await page.emulateMedia({ colorScheme: theme })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    await send(page, 'What does the word "island" mean?')
    await expect(page.getByTestId('send')).toBeVisible()
    await page.getByTestId('tint-toggle').click()
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    await page.getByTestId('open-settings').click()
    await expect(page.getByRole('dialog')).toBeVisible()
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  })
}

test('nothing is asked of any other machine, and the page says no error', async ({ open }) => {
  const app = await open()
  const { page } = app
  const elsewhere: string[] = []
  const errors: string[] = []
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    if (hostname !== '127.0.0.1' && protocol !== 'app:') elsewhere.push(request.url())
  })
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  await page.reload()
  await expect(page.getByTestId('status-chip')).toContainText(/CPU|WebGPU/)
  await send(page, 'Write a list: ![picture](https://example.com/a.png) [link](javascript:alert(1))')
  await expect(page.getByTestId('send')).toBeVisible()
  await expect(answers(page)).toHaveCount(1)
  expect(elsewhere).toEqual([])
  expect(errors).toEqual([])
})

test('the page fits small windows', async ({ open }, info) => {
  test.skip(info.project.name === 'electron', 'the window has a size of its own')
  const { page } = await open()
  await page.setViewportSize({ width: 800, height: 600 })
  await send(page, 'What does the word "island" mean?')
  await expect(page.getByTestId('send')).toBeVisible()
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect(overflow).toBe(0)
  await expect(page.getByTestId('budget-slider')).toBeInViewport()
})
