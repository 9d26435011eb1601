import AxeBuilder from '@axe-core/playwright'
import { expect, send, test } from './support/fixtures.ts'

test('the page fits small windows', async ({ open }) => {
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

test.describe('with an answer that does not end', () => {
  test.use({ model: 'endless' })

  test('a screen reader hears which conversation is being answered', async ({ open }) => {
    const { page } = await open()
    await send(page, 'Tell me about the sea.')
    await expect(page.getByRole('button', { name: 'Tell me about the sea. answering' })).toBeVisible()
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    await page.getByTestId('stop').click()
    await expect(page.getByRole('button', { name: 'Tell me about the sea.', exact: true })).toBeVisible()
  })
})
