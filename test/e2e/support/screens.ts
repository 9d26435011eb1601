import type { Page } from '@playwright/test'
import { answers, expect, send } from './fixtures.ts'

/** Brings a screen on view, from the conversation, in any language. */
type Open = (page: Page) => Promise<unknown>

const press =
  (testId: string): Open =>
  (page) =>
    page.getByTestId(testId).click()

const section =
  (page: 'models' | 'help', name: string): Open =>
  async (window) => {
    await window.getByTestId(`open-${page}`).click()
    await window.getByTestId(`section-${name}`).click()
  }

/** An entry of a menu, by its place. */
const entry =
  (menu: string, place: number): Open =>
  async (page) => {
    await page.getByTestId(menu).first().click()
    await page.getByRole('menuitem').nth(place).click()
    await expect(page.getByRole('dialog')).toBeVisible()
  }

const lookedUp: Open = async (page) => {
  await section('models', 'add')(page)
  await page.getByTestId('repository').fill('maker/model')
}

const compared: Open = async (page) => {
  await page.getByTestId('open-compare').click()
  await page.getByTestId('compare-question').fill('Do you like dogs?')
  await page.keyboard.press('Enter')
  await expect(page.locator('[data-testid=column][data-status=complete]')).toHaveCount(2, { timeout: 60_000 })
  await page.getByTestId('mark-differences').click()
}

/** Every screen behind the conversation; each is left by `leave`. */
export const SCREENS: Readonly<Record<string, Open>> = {
  chat: () => Promise.resolve(),
  token: async (page) => {
    await page.locator('.tinted').focus()
    await page.keyboard.press('ArrowRight')
    await expect(page.getByTestId('token-details')).toBeVisible()
  },
  'answer-details': press('answer-details'),
  status: press('status-chip'),
  pace: press('pace'),
  budget: press('budget-what'),
  'list-menu': press('list-menu'),
  folder: entry('list-menu', 0),
  import: entry('list-menu', 1),
  export: entry('list-menu', 2),
  trash: entry('list-menu', 3),
  configure: press('configure'),
  settings: press('open-settings'),
  endpoint: async (page) => {
    await page.getByTestId('open-settings').click()
    await page.getByTestId('open-endpoint').click()
  },
  'models-machine': section('models', 'machine'),
  'models-recommended': section('models', 'recommended'),
  'models-add': lookedUp,
  'help-shortcuts': section('help', 'shortcuts'),
  'help-privacy': section('help', 'privacy'),
  'help-about': section('help', 'about'),
  compare: compared,
  tune: async (page) => {
    await page.getByTestId('budget-what').click()
    await page.getByTestId('open-tune').click()
  },
}

/** The conversation that the screens are opened from, its words coloured. */
export async function converse(page: Page): Promise<void> {
  await send(page, 'Do you like dogs?')
  await expect(answers(page)).toHaveAttribute('data-status', 'complete', { timeout: 60_000 })
  await page.getByTestId('tint-toggle').click()
}

/** Back to the conversation. */
export async function leave(page: Page): Promise<void> {
  for (let i = 0; i < 3; i++) await page.keyboard.press('Escape')
  // the list is folded away in a small window
  await page.evaluate(`void (location.hash = '')`)
  await page.evaluate(`void (location.hash = '#1')`)
  await expect(answers(page)).toBeVisible()
}
