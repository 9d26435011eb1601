import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { denseLlama } from '../convert/support.ts'
import { metadataOf, tensorsOf, tokenizerMetadata, writeGguf } from '../gguf/file.ts'
import { FAULTS, times } from '../hub/server.ts'
import { answers, expect, send } from './support/fixtures.ts'
import { chip, filesOf, REPOSITORY, test } from './support/models.ts'

const WEIGHTS = 'model.safetensors'

async function look(page: Page, repository: string): Promise<void> {
  await page.getByTestId('open-models').click()
  await page.getByTestId('section-add').click()
  await page.getByTestId('repository').fill(repository)
  await page.getByTestId('look').click()
  await page.getByTestId('download-look').click()
}

test('a download that was paused goes on where it was, after a restart', async ({ open, hub, second, folders }) => {
  folders.hub = hub.endpoint
  const content = readFileSync(path.join(second, WEIGHTS))
  hub.faults = [times(1, FAULTS.stalled(content, WEIGHTS))]
  const first = await open()
  await look(first.page, REPOSITORY)
  const download = first.page.getByTestId('download')
  // the first half of the weights, and then silence
  await expect(download).toContainText(/[1-9][\d.]*\sMB of/)
  await first.page.getByRole('button', { name: `Pause ${REPOSITORY}` }).click()
  await expect(download).toHaveAttribute('data-phase', 'paused')
  await first.close()

  const { page } = await open()
  await page.getByTestId('open-models').click()
  await expect(page.getByTestId('download')).toHaveAttribute('data-phase', 'paused')
  const asked = hub.asked.length
  await page.getByRole('button', { name: `Go on with ${REPOSITORY}` }).click()
  await page.getByTestId('section-machine').click()
  await expect(page.getByTestId('model-card').filter({ hasText: 'Downloaded' })).toBeVisible()
  const ranges = hub.asked.slice(asked).map(({ headers }) => headers.range)
  expect(ranges.some((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true)
  await page.getByTestId('model-card').filter({ hasText: 'Downloaded' }).getByTestId('use-model').click()
  await page.getByTestId('close-models').click()
  await expect(chip(page)).toContainText(/second/i, { timeout: 30_000 })
})

test('a model behind terms says what is to be done', async ({ open, hub, second, folders }) => {
  folders.hub = hub.endpoint
  hub.add('maker/gated', filesOf(second), { gated: true, token: 'good' })
  const { page } = await open()
  await page.getByTestId('open-models').click()
  await page.getByTestId('section-add').click()
  await page.getByTestId('repository').fill('maker/gated')
  await page.getByTestId('look').click()
  const there = page.getByTestId('models-page')
  await expect(there).toContainText('Accept the terms on its page')
  await expect(there.getByRole('link', { name: 'its page' })).toHaveAttribute('href', `${hub.endpoint}/maker/gated`)
  await expect(there).not.toContainText('of no use')
})

test('a GGUF file that Ollama keeps is found, and answers where it lies', async ({ open, folders }) => {
  const clean: (() => void)[] = []
  const source = denseLlama(2, 4096, true, (step) => clean.push(step))
  const config = JSON.parse(readFileSync(path.join(source, 'config.json'), 'utf8')) as Parameters<typeof metadataOf>[0]
  const ollama = path.join(folders.cache, 'ollama')
  folders.ollama = ollama
  const digest = 'ab'.repeat(32)
  const manifests = path.join(ollama, 'manifests', 'registry.ollama.ai', 'library', 'tinyllama')
  mkdirSync(manifests, { recursive: true })
  mkdirSync(path.join(ollama, 'blobs'))
  writeGguf(
    path.join(ollama, 'blobs', `sha256-${digest}`),
    { ...metadataOf(config), ...tokenizerMetadata(source, 'smollm') },
    tensorsOf(source, config),
  )
  const layer = { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: 1 }
  writeFileSync(path.join(manifests, 'latest'), JSON.stringify({ schemaVersion: 2, layers: [layer] }))
  for (const step of clean) step()

  const { page } = await open()
  await page.getByTestId('open-models').click()
  const found = page.getByTestId('model-card').filter({ hasText: 'Ollama keeps it.' })
  await expect(found).toContainText('tinyllama:latest')
  await expect(found.getByTestId('delete-model')).toHaveCount(0)
  await found.getByTestId('use-model').click()
  await page.getByTestId('close-models').click()
  await expect(chip(page)).toContainText('tinyllama:latest', { timeout: 30_000 })
  await send(page, 'Do you like dogs?')
  await expect(answers(page)).toHaveAttribute('data-status', 'complete', { timeout: 30_000 })
})

test('the endpoint is off until it is switched on, and answers who has the token', async ({ open }) => {
  const { page } = await open()
  await page.getByTestId('open-settings').click()
  await page.getByTestId('open-endpoint').click()
  await expect(page.getByTestId('endpoint-state')).toContainText('Off')
  await page.getByTestId('endpoint-switch').click()
  await expect(page.getByTestId('endpoint-state')).toContainText('Listening on')
  const address = await page.getByTestId('endpoint-address').innerText()
  expect(await page.getByTestId('endpoint-token').innerText()).toMatch(/^•+$/)
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  const token = await page.getByTestId('endpoint-token').innerText()
  const ask = (authorization: string): Promise<Response> =>
    fetch(`${address}/chat/completions`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Do you like dogs?' }], max_tokens: 4 }),
    })
  expect((await ask('Bearer other')).status).toBe(401)
  const answer = (await (await ask(`Bearer ${token}`)).json()) as { choices: { message: { content: string } }[] }
  expect(answer.choices[0]!.message.content).not.toBe('')
  await page.getByTestId('endpoint-switch').click()
  await expect(page.getByTestId('endpoint-state')).toContainText('Off')
  await expect(ask(`Bearer ${token}`)).rejects.toThrow()
})
