import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { test as base, expect } from '@playwright/test'
import { denseLlama } from '../../convert/support.ts'
import { copyOfTiny, editJson, endlessModel } from '../../models/support.ts'
import type { App, Folders } from './app.ts'
import { openBrowser, openElectron } from './app.ts'
import { openPackaged } from './packaged.ts'

interface Fixtures {
  /**
   * endless: it writes until it is stopped; hardly: it was measured to be as good at every budget; dense: one depth, and
   * what it writes makes no sense; built-in: the one that is packaged.
   */
  model: 'tiny' | 'endless' | 'hardly' | 'dense' | 'built-in'
  folders: Folders
  /** Starts the app on the test's folders; again after a close, it finds what was kept. */
  open: () => Promise<App>
}

type Clean = (step: () => void) => void

const MODELS: Partial<Record<Fixtures['model'], (whenOver: Clean) => string>> = {
  endless: (whenOver) => endlessModel(whenOver, 16_384),
  hardly(whenOver) {
    const folder = copyOfTiny(whenOver)
    editJson(folder, 'calibration.json', (calibration) => {
      const rows = calibration.budgets as Record<string, unknown>[]
      rows.forEach((row, i) => (row.nll = 2.07 - 0.0003 * i))
    })
    return folder
  },
  dense(whenOver) {
    const folder = denseLlama(2, 4096, true, whenOver)
    editJson(folder, 'config.json', (config) => {
      Object.assign(config, { name: 'Dense', max_position_embeddings: 1024 })
    })
    editJson(folder, 'generation_config.json', (config) => {
      Object.assign(config, { do_sample: false, max_new_tokens: 60 })
    })
    return folder
  },
}

const OPEN = { browser: openBrowser, electron: openElectron, packaged: openPackaged }

export const test = base.extend<Fixtures>({
  model: ['tiny', { option: true }],
  folders: async ({ model }, use) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-e2e-'))
    const clean: (() => void)[] = []
    const made = model === 'built-in' ? null : MODELS[model]?.((step) => clean.push(step))
    await use({ data: path.join(folder, 'data'), cache: path.join(folder, 'cache'), model: made })
    for (const step of clean) step()
    rmSync(folder, { recursive: true, force: true })
  },
  open: async ({ folders }, use, info) => {
    const opened: App[] = []
    await use(async () => {
      const app = await OPEN[info.project.name as keyof typeof OPEN](folders)
      opened.push(app)
      await expect(app.page.getByTestId('status-chip')).toContainText(/CPU|WebGPU/, { timeout: 90_000 })
      return app
    })
    for (const app of opened) await app.close().catch(() => undefined)
  },
})

export { expect } from '@playwright/test'

export async function send(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text)
  await page.getByTestId('composer').press('Enter')
}

/** Moves the slider as a person does, with the keyboard; 0 and 100 are its ends. */
export async function setBudget(page: Page, budget: 0 | 100): Promise<void> {
  await page.getByTestId('budget-slider').focus()
  await page.keyboard.press(budget === 0 ? 'Home' : 'End')
}

export function answers(page: Page): ReturnType<Page['getByTestId']> {
  return page.getByTestId('message-answer')
}

/** The number at the beginning of a reading. */
export async function reading(page: Page, testId: string): Promise<number> {
  return Number.parseFloat((await page.getByTestId(testId).innerText()).trim())
}
