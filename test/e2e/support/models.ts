import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { TestHub } from '../../hub/server.ts'
import { copyOfTiny, editJson } from '../../models/support.ts'
import { test as base } from './fixtures.ts'

export const NAME = 'Depthwise Second'
export const REPOSITORY = 'maker/second'

interface Fixtures {
  /** A folder with a model that has another name than the built-in one. */
  second: string
  /** A Hub with that model. */
  hub: TestHub
}

export const test = base.extend<Fixtures>({
  second: async ({}, use) => {
    const clean: (() => void)[] = []
    const folder = copyOfTiny((step) => clean.push(step))
    editJson(folder, 'config.json', (config) => {
      config.name = NAME
    })
    await use(folder)
    for (const step of clean) step()
  },
  hub: async ({ second }, use) => {
    const clean: (() => void)[] = []
    const hub = await TestHub.start((step) => clean.push(step))
    hub.add(REPOSITORY, filesOf(second))
    await use(hub)
    for (const step of clean) step()
  },
})

/** The files of a model folder, as a repository has them. */
export function filesOf(folder: string): Record<string, Buffer> {
  const files = readdirSync(folder).filter((file) => !file.startsWith('reference'))
  return Object.fromEntries(files.map((file) => [file, readFileSync(path.join(folder, file))]))
}

export const card = (page: Page, name: string): ReturnType<Page['getByTestId']> =>
  page.getByTestId('model-card').and(page.locator(`[data-model="${name}"]`))

export const chip = (page: Page): ReturnType<Page['getByTestId']> => page.getByTestId('status-chip')
