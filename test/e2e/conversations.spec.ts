import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { expect, send, test } from './support/fixtures.ts'

const item = (page: Page, title: RegExp) => page.getByTestId('conversation-item').filter({ hasText: title })

async function choose(page: Page, title: RegExp, ...labels: string[]): Promise<void> {
  await item(page, title).click({ button: 'right' })
  for (const label of labels) await page.getByRole('menu').getByText(label, { exact: true }).click()
}

test('a conversation is pinned, put into a folder, deleted, brought back and exported', async ({ open }, info) => {
  const { page } = await open()
  await send(page, 'Do you like zebras?')
  await expect(page.getByTestId('send')).toBeVisible()
  await page.getByTestId('new-chat').click()
  await send(page, 'Do you like dogs?')
  await expect(page.getByTestId('send')).toBeVisible()

  await choose(page, /zebras/, 'Pin')
  await expect(page.getByRole('heading', { name: 'Pinned' })).toBeVisible()
  await expect(page.getByTestId('conversation-item')).toHaveText([/zebras/, /dogs/])
  await choose(page, /dogs/, 'Move to folder', 'New folder…')
  await page.getByTestId('folder-name').fill('Animals')
  await page.getByTestId('folder-name').press('Enter')
  const folder = page.getByTestId('folder').getByRole('button', { expanded: true })
  await expect(folder).toContainText('Animals')
  await folder.click()
  await expect(page.getByTestId('conversation-item')).toHaveText([/zebras/])
  await page.reload()
  await expect(page.getByTestId('folder')).toContainText('Animals')
  await expect(page.getByTestId('conversation-item')).toHaveText([/zebras/])

  await item(page, /zebras/).focus()
  await page.keyboard.press('Delete')
  await expect(page.getByTestId('conversation-item')).toHaveCount(0)
  await page.getByTestId('undo').click()
  await expect(page.getByTestId('conversation-item')).toHaveText([/zebras/])

  await choose(page, /zebras/, 'Delete')
  await page.getByTestId('list-menu').click()
  await page.getByRole('menuitem', { name: 'Recently deleted' }).click()
  await page.getByRole('button', { name: /^Bring back/ }).click()
  await expect(page.getByTestId('deleted-conversation')).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(page.getByTestId('conversation-item')).toHaveText([/zebras/])
  // Electron asks for a place with a dialog of the system
  if (info.project.name === 'electron') return

  await choose(page, /zebras/, 'Export…')
  const downloading = page.waitForEvent('download')
  await page.getByTestId('export').click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/zebras\.md$/)
  const markdown = readFileSync(await download.path(), 'utf8')
  expect(markdown).toMatch(/## You\n\n.*\n\nDo you like zebras\?/)
  expect(markdown).toMatch(/budget \d+ %/)
})

test('all conversations are exported, and imported into an empty Depthwise', async ({ open }, info) => {
  test.skip(info.project.name === 'electron', 'Electron asks for a place with a dialog of the system')
  const { page } = await open()
  await send(page, 'Do you like zebras?')
  await expect(page.getByTestId('send')).toBeVisible()
  await page.getByTestId('list-menu').click()
  await page.getByRole('menuitem', { name: 'Export all…' }).click()
  await page.getByText('JSON', { exact: true }).click()
  const downloading = page.waitForEvent('download')
  await page.getByTestId('export').click()
  const file = await (await downloading).path()

  await choose(page, /zebras/, 'Delete')
  await page.getByTestId('list-menu').click()
  await page.getByRole('menuitem', { name: 'Recently deleted' }).click()
  await page
    .getByRole('button', { name: /for good$/ })
    .first()
    .click()
  await page.getByTestId('erase').click()
  await expect(page.getByTestId('deleted-conversation')).toHaveCount(0)
  await page.keyboard.press('Escape')

  for (const summary of ['1 conversation imported.', '1 conversation was there already']) {
    await page.getByTestId('list-menu').click()
    await page.getByRole('menuitem', { name: 'Import…' }).click()
    const buffer = readFileSync(file)
    await page.getByTestId('import-files').setInputFiles({ name: 'all.json', mimeType: 'application/json', buffer })
    await expect(page.getByTestId('import-summary')).toContainText(summary)
    await page.getByRole('button', { name: 'Done' }).click()
  }
  await item(page, /zebras/).click()
  await expect(page.getByTestId('message-user')).toContainText('zebras')
  await expect(page.getByTestId('message-answer')).toHaveCount(1)
})
