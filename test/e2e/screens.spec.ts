import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures.ts'
import { converse, leave, SCREENS } from './support/screens.ts'

/** What axe finds on the screen on view, in both themes. */
async function audit(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // without frames of other origins there is no need of another page for each
    const axe = new AxeBuilder({ page }).setLegacyMode()
    // in the other theme, only colours are others
    if (colorScheme === 'dark') axe.withRules('color-contrast')
    const { violations } = await axe.analyze()
    for (const { id, nodes } of violations)
      found.push(`${name}, ${colorScheme}, ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }
  return found
}

test('a screen reader finds its way on every screen, and every text is read in both themes', async ({ open }) => {
  test.setTimeout(300_000)
  const { page } = await open()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const found = await audit(page, 'start')
  await converse(page)
  for (const [name, show] of Object.entries(SCREENS)) {
    await show(page)
    found.push(...(await audit(page, name)))
    await leave(page)
  }
  expect(found).toEqual([])
})

test('no screen is wider than a window of 900 pixels, in German', async ({ open }) => {
  test.setTimeout(180_000)
  const { page } = await open()
  await converse(page)
  await page.getByTestId('open-settings').click()
  await page.getByRole('radio', { name: 'Deutsch' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.setViewportSize({ width: 900, height: 600 })
  const wide: string[] = []
  for (const [name, show] of Object.entries(SCREENS)) {
    await show(page)
    const [over, cut] = await page.evaluate<[number, string[]]>(OVERFLOW)
    if (over > 0) wide.push(`${name}: ${over} px`)
    wide.push(...cut.map((text) => `${name}: ${text}`))
    await leave(page)
  }
  expect(wide).toEqual([])
})

/** Pixels by which the page is too wide, and the texts of buttons that do not find room. */
const OVERFLOW = `[
  document.documentElement.scrollWidth - document.documentElement.clientWidth,
  [...document.querySelectorAll('button')]
    .filter((button) => button.checkVisibility() && button.scrollWidth > button.clientWidth + 1
      && getComputedStyle(button).textOverflow !== 'ellipsis')
    .map((button) => button.textContent.trim())
    .filter((text) => text !== ''),
]`
