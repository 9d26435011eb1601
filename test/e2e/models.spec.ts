import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { TINY } from '../models/support.ts'
import { answers, expect, send } from './support/fixtures.ts'
import { card, chip, NAME, REPOSITORY, test } from './support/models.ts'

test('a folder is added, used and left again; each answer says which model wrote it', async ({ open, second }) => {
  const { page } = await open()
  const first = (JSON.parse(readFileSync(path.join(TINY, 'config.json'), 'utf8')) as { name: string }).name
  await send(page, 'Do you like dogs?')
  await expect(page.getByTestId('send')).toBeVisible()
  await expect(answers(page)).toHaveAttribute('data-status', 'complete')

  await chip(page).click()
  await page.getByTestId('all-models').click()
  await expect(card(page, first)).toContainText('In use')
  await page.getByTestId('section-add').click()
  await page.getByTestId('model-folder').fill(path.join(second, 'nowhere'))
  await page.getByTestId('add-folder').click()
  await expect(page.getByRole('status').filter({ hasText: 'nowhere' })).toBeVisible()
  await page.getByTestId('model-folder').fill(second)
  await page.getByTestId('add-folder').click()
  await expect(card(page, NAME)).toContainText('Added folder')
  await card(page, NAME).getByTestId('use-model').click()
  await expect(card(page, NAME)).toContainText('In use')
  await expect(card(page, NAME)).toBeFocused()

  await page.getByTestId('close-models').click()
  await expect(chip(page)).toContainText(NAME, { timeout: 30_000 })
  await expect(page.getByTestId('written-with')).toContainText(`Written with ${first}. Use ${first}`)
  await send(page, 'Tell me a joke.')
  await expect(answers(page)).toHaveCount(2)
  await expect(answers(page).last()).toHaveAttribute('data-status', 'complete')
  await expect(page.getByTestId('written-with')).toHaveCount(0)
  await page.getByRole('button', { name: 'Details of this answer' }).last().click()
  await expect(page.getByRole('definition').filter({ hasText: NAME })).toBeVisible()
  await page.keyboard.press('Escape')

  await chip(page).click()
  await page.getByTestId('switch-model').filter({ hasText: first }).click()
  await expect(chip(page)).toContainText(first, { timeout: 30_000 })
  await expect(page.getByTestId('written-with')).toContainText(`Written with ${NAME}.`)

  await page.getByTestId('open-models').click()
  await card(page, NAME).getByTestId('delete-model').click()
  await expect(page.getByRole('dialog')).toContainText('stay as they are')
  await page.getByTestId('confirm-removal').click()
  await expect(card(page, NAME)).toHaveCount(0)
  expect(readdirSync(second)).toContain('model.safetensors')
  await page.getByTestId('close-models').click()
  await expect(page.getByTestId('written-with')).toContainText('It is not on this machine any more.')
})

test('a model is looked up, downloaded and used; nothing is asked before a click', async ({ open, hub, folders }) => {
  folders.hub = hub.endpoint
  const { page } = await open()
  await page.getByTestId('open-models').click()
  await page.getByTestId('section-recommended').click()
  await expect(page.getByTestId('download-model').first()).toBeVisible()
  await page.getByTestId('section-add').click()
  await page.getByTestId('repository').fill(`${hub.endpoint}/${REPOSITORY}`)
  expect(hub.asked).toEqual([])
  await page.getByTestId('look').click()
  await expect(card(page, NAME).or(card(page, 'second'))).toContainText('to download')
  expect(hub.asked.filter(({ path }) => path.includes('model.safetensors'))).toEqual([])
  await page.getByTestId('download-look').click()
  await expect(page.getByRole('status').filter({ hasText: `${REPOSITORY} is on this machine now.` })).toBeVisible()
  await page.getByTestId('section-machine').click()
  const downloaded = page.getByTestId('model-card').filter({ hasText: 'Downloaded' })
  await downloaded.getByTestId('use-model').click()
  await expect(page.getByTestId('model-card').filter({ hasText: 'In use' })).toContainText(/second/i)
  await page.getByTestId('close-models').click()
  await expect(chip(page)).toContainText(/second.*(CPU|WebGPU)/i, { timeout: 30_000 })
  await send(page, 'Do you like dogs?')
  await expect(answers(page)).toHaveAttribute('data-status', 'complete')
})

test('a repository that is not there is told in a sentence', async ({ open, hub, folders }) => {
  folders.hub = hub.endpoint
  const { page } = await open()
  await page.getByTestId('open-models').click()
  await page.getByTestId('section-add').click()
  await page.getByTestId('repository').fill('nobody/nothing')
  await page.getByTestId('look').click()
  await expect(page.getByTestId('models-page')).toContainText(/not|no such/i)
  await expect(page.getByTestId('model-card')).toHaveCount(0)
})

test('the page of models fits small windows', async ({ open }, info) => {
  test.skip(info.project.name === 'electron', 'a window has a size of its own')
  const { page } = await open()
  await page.getByTestId('open-models').click()
  for (const [width, height] of [
    [800, 600],
    [480, 400],
  ] as const) {
    await page.setViewportSize({ width, height })
    for (const section of ['machine', 'recommended', 'add']) {
      await page.getByTestId(`section-${section}`).click()
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(overflow).toBe(0)
    }
  }
})
