import { answers, expect, reading, send, setBudget, test } from './support/fixtures.ts'

test.use({ model: 'endless' })

test('the slider, moved in mid-answer, changes the depth of the tokens that follow', async ({ open }) => {
  const { page } = await open()
  await setBudget(page, 0)
  await page.getByTestId('tint-toggle').click()
  await send(page, 'Tell me about the sea.')
  await expect.poll(() => reading(page, 'reading-depth')).toBe(1)
  await setBudget(page, 100)
  await expect.poll(() => reading(page, 'reading-depth')).toBe(3)
  await expect(page.getByTestId('reading-realised')).toHaveText('100%')
  await setBudget(page, 0)
  await expect.poll(() => reading(page, 'reading-depth')).toBe(1)
  await page.getByTestId('stop').click()
  await expect(page.getByTestId('send')).toBeVisible()
  await expect(answers(page)).toContainText(/stopped/i)
})

test('the depth trace and the changes of the budget are kept', async ({ open }) => {
  const first = await open()
  await setBudget(first.page, 0)
  await send(first.page, 'Tell me about the sea.')
  await expect.poll(() => reading(first.page, 'reading-depth')).toBe(1)
  await setBudget(first.page, 100)
  await expect.poll(() => reading(first.page, 'reading-depth')).toBe(3)
  await first.page.getByTestId('stop').click()
  await expect(first.page.getByTestId('send')).toBeVisible()
  await first.close()

  const { page } = await open()
  await page.getByTestId('conversation-item').first().click()
  await page.getByTestId('tint-toggle').click()
  await expect(page.locator('.tinted')).toBeVisible()
  // the arrow keys go through the tokens, and say the depth of each
  await page.locator('.tinted').focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByTestId('token-details')).toContainText('Token 1 of')
  const depths = await page.evaluate<string[]>(`(async () => {
    const depths = []
    for (let previous = ''; ; ) {
      const details = document.querySelector('[data-testid=token-details]')
      const place = details.querySelector('.head').textContent
      if (place === previous) return depths
      depths.push(details.querySelector('dd').textContent.trim()[0])
      previous = place
      document.querySelector('.tinted').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
      await new Promise((done) => setTimeout(done))
    }
  })()`)
  expect(depths.at(0)).toBe('1')
  expect(depths.at(-1)).toBe('3')
  expect(depths.toSorted()).toEqual(depths)
})

test('the engine killed in mid-answer: the half answer is kept and marked, the next message works', async ({
  open,
}) => {
  const app = await open()
  const { page } = app
  await send(page, 'Tell me about the sea.')
  await expect.poll(() => reading(page, 'reading-speed')).toBeGreaterThan(0)
  await app.killEngine()
  await expect(answers(page)).toContainText(/interrupted/i)
  const half = await answers(page).innerText()
  expect(half.length).toBeGreaterThan(40)
  await send(page, 'And the mountains?')
  await expect(answers(page)).toHaveCount(2)
  await expect.poll(async () => (await answers(page).nth(1).innerText()).length).toBeGreaterThan(40)
  await page.getByTestId('stop').click()
  await expect(page.getByTestId('send')).toBeVisible()
  expect(await answers(page).first().innerText()).toContain(half.slice(0, 30))
})
