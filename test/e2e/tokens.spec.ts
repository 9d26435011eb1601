import type { Page } from '@playwright/test'
import { answers, expect, send, test } from './support/fixtures.ts'
import { importAnswer } from './support/imported.ts'

const details = (page: Page) => page.getByTestId('token-details')
/** Of the answer's text that is drawn at a point. */
const WORDS = 'Every word of this answer has a depth, and says so where it is pointed at. '.repeat(12)

test.describe('the details of a token', () => {
  for (const { width, height } of [
    { width: 1280, height: 800 },
    { width: 900, height: 600 },
  ]) {
    test(`are beside it and in the window, at ${width}×${height}`, async ({ open }) => {
      const { page } = await open()
      await importAnswer(page, WORDS)
      await page.getByTestId('tint-toggle').click()
      await page.setViewportSize({ width, height })
      await expect(page.locator('.tinted p').first()).toBeVisible()
      const lines = await page.evaluate<DOMRect[]>(`(() => {
        const range = document.createRange()
        range.selectNodeContents(document.querySelector('.tinted p').firstChild)
        return [...range.getClientRects()].filter(({ left, top, width, height }) => width > 300 && document.elementFromPoint(left + 9, top + height / 2)?.closest('.tinted')).map((line) => line.toJSON())
      })()`)
      for (const line of [lines.at(0)!, lines.at(-1)!]) {
        for (const across of [0.02, 0.5, 0.97]) {
          const point = { x: line.x + across * line.width, y: line.y + line.height / 2 }
          await page.mouse.move(point.x, point.y)
          await expect(details(page)).toBeVisible()
          const tip = (await page.locator('.tip:popover-open').boundingBox())!
          const covers =
            tip.y < point.y && point.y < tip.y + tip.height && tip.x < point.x && point.x < tip.x + tip.width
          expect({ covers, point, tip }).toMatchObject({ covers: false })
          expect(tip.x).toBeGreaterThanOrEqual(0)
          expect(tip.y).toBeGreaterThanOrEqual(0)
          expect(tip.x + tip.width).toBeLessThanOrEqual(width)
          expect(tip.y + tip.height).toBeLessThanOrEqual(height)
          await page.mouse.move(2, 2)
          await expect(details(page)).toBeHidden()
        }
      }
    })
  }

  test('move with it, and the arrow keys come to every token of many sections', async ({ open }) => {
    const { page } = await open()
    const paragraph = `${'Some words here. '.repeat(20).trim()}\n\n`
    await importAnswer(page, paragraph.repeat(120).trim())
    await page.getByTestId('tint-toggle').click()
    const region = page.getByRole('region', { name: 'Conversation' })
    await region.evaluate((element) => {
      element.scrollTop = element.scrollHeight
    })
    await page.locator('.tinted').focus()
    await page.keyboard.press('ArrowLeft')
    await expect(details(page)).toContainText('Token 7319 of 7319')
    await expect(page.locator('.tip:popover-open')).toBeVisible()
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft')
    await expect(details(page)).toContainText('Token 7316 of 7319')
    const place = () => page.locator('.tip:popover-open').boundingBox()
    const before = (await place())!
    await region.evaluate((element) => {
      element.scrollTop -= 40
    })
    await expect.poll(async () => (await place())!.y - before.y).toBe(40)
  })
})

test.describe('while an answer is written', () => {
  test.use({ model: 'endless' })

  test('Escape sends away the details that are asked for; with the mouse on a word it stops the answer', async ({
    open,
  }) => {
    const { page } = await open()
    await page.getByTestId('tint-toggle').click()
    await send(page, 'Tell me about the sea.')
    const tinted = page.locator('.tinted')
    await expect.poll(async () => (await tinted.innerText()).length).toBeGreaterThan(200)
    await tinted.click({ position: { x: 20, y: 10 } })
    await expect(details(page)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(details(page)).toBeHidden()
    await expect(answers(page)).toHaveAttribute('data-status', 'streaming')
    await page.getByTestId('composer').focus()
    await page.mouse.move(2, 2)
    await tinted.hover({ position: { x: 20, y: 10 } })
    await expect(details(page)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(answers(page)).toHaveAttribute('data-status', 'stopped')
  })
})

test('formulas keep their source while colours come and go, and code in a list has colours and a copy', async ({
  open,
}) => {
  const { page } = await open()
  const list = '1. One\n2. Two\n\n   ```python\n   def f(x):\n       return x ** 2\n   ```\n'
  const filler = `${'More words. '.repeat(40).trim()}\n\n`
  // KaTeX is loaded while sections get their colours
  await page.getByTestId('tint-toggle').click()
  await importAnswer(page, `It is $x^2 + y_1$ and \\(\\frac{a}{b}\\).\n\n${list}\n${filler.repeat(60)}End.`)
  const region = page.getByRole('region', { name: 'Conversation' })
  const sources = () => page.evaluate(`[...document.querySelectorAll('.math')].map(({ dataset }) => dataset.source)`)
  const scrollTo = (end: boolean) =>
    region.evaluate((element, isEnd) => {
      element.scrollTop = isEnd ? element.scrollHeight : 0
    }, end)
  for (const end of [false, true, false, true, false]) {
    await scrollTo(end)
    await page.waitForTimeout(200)
  }
  await expect.poll(sources).toEqual(['$x^2 + y_1$', '\\(\\frac{a}{b}\\)'])
  await expect(page.locator('.math .katex')).toHaveCount(2)
  await expect(page.locator('.math[class*=depth-]')).toHaveCount(2)
  const code = page.locator('li .code')
  await expect(code.locator('.hljs-keyword').first()).toHaveText('def')
  await code.hover()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await code.getByRole('button', { name: 'Copy code' }).click()
  expect(await page.evaluate(`navigator.clipboard.readText()`)).toBe('def f(x):\n    return x ** 2\n')
})
