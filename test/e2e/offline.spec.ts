import { answers, expect, send, test } from './support/fixtures.ts'

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
