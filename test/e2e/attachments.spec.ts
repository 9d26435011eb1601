import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { answers, expect, test } from './support/fixtures.ts'

const composer = (page: Page) => page.getByTestId('composer')
const chips = (page: Page) => page.locator('form').getByTestId('attachment')
const file = (name: string, text: string | Buffer) => ({ name, mimeType: '', buffer: Buffer.from(text) })

/** As if files were dropped on, or pasted into, what is found by `selector`. */
async function give(page: Page, kind: 'drop' | 'paste', selector: string, files: [name: string, text: string][]) {
  await page.evaluate(
    `(() => {
      const data = new DataTransfer()
      for (const [name, text] of ${JSON.stringify(files)}) data.items.add(new File([text], name))
      const options = { bubbles: true, cancelable: true }
      const event = ${JSON.stringify(kind)} === 'drop'
        ? new DragEvent('drop', { ...options, dataTransfer: data })
        : new ClipboardEvent('paste', { ...options, clipboardData: data })
      document.querySelector(${JSON.stringify(selector)}).dispatchEvent(event)
    })()`,
  )
}

test('files are chosen, dropped and pasted, counted, kept over a reload, removed by key, sent and looked at', async ({
  open,
}) => {
  const { page } = await open()
  await page
    .getByTestId('attach-files')
    .setInputFiles([
      file('notes.md', '# Dogs\nThey bark at the moon.\n'),
      file('picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff])),
      file('none.txt', ''),
    ])
  await expect(chips(page)).toHaveCount(1)
  await expect(
    page.getByText('“picture.png” is no text file; only text can be attached. “none.txt” is empty.'),
  ).toBeVisible()
  await give(page, 'drop', 'main', [['notes.md', 'second of the name']])
  await give(page, 'paste', '[data-testid=composer]', [['table.csv', 'name;age\nRex;4']])
  await expect(chips(page)).toHaveCount(3)
  await expect(chips(page).nth(1)).toContainText('notes (2).md')
  await expect(chips(page).nth(0)).toContainText(/30 B, \d+ tokens/)
  await composer(page).fill('Do you like dogs?')
  // what is typed is given to the host at once when the page goes
  await page.reload()
  await expect(composer(page)).toHaveValue('Do you like dogs?')
  await expect(chips(page)).toHaveCount(3)
  await chips(page).nth(2).getByRole('button', { name: 'Show table.csv' }).press('Delete')
  await expect(chips(page)).toHaveCount(2)
  await expect(chips(page).nth(1).getByRole('button', { name: 'Show notes (2).md' })).toBeFocused()
  await page.getByRole('button', { name: 'Remove notes (2).md' }).click()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  }
  await composer(page).press('Enter')
  await expect(answers(page)).toHaveCount(1)
  await expect(chips(page)).toHaveCount(0)
  await expect(page.getByTestId('conversation-item')).toContainText('Do you like dogs?')
  const turn = page.getByTestId('message-user')
  await expect(turn.getByTestId('attachment')).toContainText('notes.md')
  await expect(turn).not.toContainText('bark')
  await turn.getByRole('button', { name: 'Show notes.md' }).press('Enter')
  await expect(page.getByTestId('attachment-text')).toContainText('They bark at the moon.')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  }
  await page.keyboard.press('Escape')
  await expect(turn.getByRole('button', { name: 'Show notes.md' })).toBeFocused()

  await page.getByTestId('search').fill('bark at')
  await expect(page.getByTestId('search-hit')).toContainText('notes.md')
})

test('a file that does not fit is refused by how many tokens, and stays with what was typed', async ({ open }) => {
  const { page } = await open()
  await composer(page).fill('What is in it?')
  await page.getByTestId('attach-files').setInputFiles([file('long.log', 'a line of a log\n'.repeat(9000))])
  await expect(page.getByTestId('context-bar')).toContainText(
    /With its files this message takes about [\d,]+ tokens, [\d,]+ more than the model reads/,
  )
  await expect(page.getByTestId('send')).toBeDisabled()
  await page.reload()
  await expect(chips(page)).toHaveCount(1)
  await expect(composer(page)).toHaveValue('What is in it?')
  await chips(page).getByRole('button', { name: 'Show long.log' }).click()
  const region = page.getByTestId('attachment-text')
  await expect(region).toContainText('a line of a log')
  expect(await region.locator('pre').count()).toBeLessThan(60)
  await region.evaluate((element) => {
    ;(element as unknown as { scrollTop: number }).scrollTop = 1e9
  })
  await expect(region.locator('pre').last()).toBeInViewport()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Remove long.log' }).press('Enter')
  await expect(composer(page)).toBeFocused()
  await expect(page.getByTestId('context-bar')).toHaveCount(0)
  await composer(page).press('Enter')
  await expect(answers(page)).toHaveCount(1)
})

test('an edited turn keeps its files, or not; a long text that was pasted becomes one', async ({ open }) => {
  const { page } = await open()
  await page.getByTestId('attach-files').setInputFiles([file('a.txt', 'first'), file('b.txt', 'second')])
  await expect(chips(page)).toHaveCount(2)
  await composer(page).fill('Do you like dogs?')
  await composer(page).press('Enter')
  await expect(answers(page)).toHaveAttribute('data-status', 'complete')
  await page.getByRole('button', { name: 'Edit this message' }).click()
  await page.getByRole('button', { name: 'Remove a.txt' }).click()
  await page.getByLabel('Edit your message').press('Enter')
  const turn = page.getByTestId('message-user')
  await expect(turn).toContainText('2 / 2')
  await expect(turn.getByTestId('attachment')).toHaveCount(1)
  await expect(turn.getByTestId('attachment')).toContainText('b.txt')

  await expect(page.getByTestId('send')).toBeVisible()
  await page.evaluate(`document.querySelector('[data-testid=composer]').addEventListener('paste', (event) => {
    event.target.value += event.clipboardData.getData('text/plain')
    event.target.dispatchEvent(new InputEvent('input', { bubbles: true }))
  })`)
  await composer(page).fill('Read this: ')
  await page.evaluate(`(() => {
    const data = new DataTransfer()
    data.setData('text/plain', 'long '.repeat(1000))
    document.querySelector('[data-testid=composer]')
      .dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }))
  })()`)
  await expect(page.getByTestId('long-paste')).toContainText('5,000 characters')
  await page.getByRole('button', { name: 'Attach it as a file' }).click()
  await expect(chips(page)).toContainText('Pasted text.txt')
  await expect(composer(page)).toHaveValue('Read this: ')
  await expect(page.getByTestId('long-paste')).toHaveCount(0)
})

test('what a new chat was prepared with is there after a reload', async ({ open }) => {
  const { page } = await open()
  await page.getByTestId('configure').click()
  await page.getByLabel('System prompt').fill('You are a sailor.')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.reload()
  await page.getByTestId('configure').click()
  await expect(page.getByLabel('System prompt')).toHaveValue('You are a sailor.')
  await page.keyboard.press('Escape')
  await composer(page).fill('Do you like dogs?')
  await composer(page).press('Enter')
  await expect(page.getByTestId('send')).toBeVisible()
  await page.getByTestId('configure').click()
  await expect(page.getByLabel('System prompt')).toHaveValue('You are a sailor.')
  await page.keyboard.press('Escape')
  await page.getByTestId('new-chat').click()
  await page.getByTestId('configure').click()
  await expect(page.getByLabel('System prompt')).toHaveValue('')
})
