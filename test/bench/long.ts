import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium } from '@playwright/test'
import type { Page } from '@playwright/test'
import Database from 'better-sqlite3'
import { createHost } from '../../electron/host/host.ts'
import { openHistory } from '../../electron/history/history.ts'
import { buildIfStale } from '../../electron/launch/build.ts'
import { startServer } from '../../electron/serve/server.ts'
import { generation } from '../history/samples.ts'
import { findTools } from '../tools.ts'
import type { Bench, Row } from './bench.ts'
import { row } from './bench.ts'
import { going, KEYS, opening, scrolling } from './window/long-page.ts'
import { PacedEngine } from './window/paced-engine.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const [CONVERSATIONS, MESSAGES, BLOCKS] = [1000, 10_000, 20_000]
const ANSWER =
  'The **light** of a lighthouse is told by its _rhythm_: every station has one of its own, kept in a list that a ship carries. On a clear night it is seen from `twenty` miles away.\n\n- a list has its own lines\n- which are short\n- and many\n\n```js\nconst light = (ms) => ms % 5000 < 400\n```\n'

/** How a window bears a long history: opening it, a key in it, and scrolling through it. */
export const long: Bench = {
  title:
    `A window with ${CONVERSATIONS} conversations, one of them of ${MESSAGES} messages, one with an answer of ${BLOCKS} ` +
    'one-line blocks, drawn in software',
  async run({ repeats }) {
    const { chromium: program } = findTools()
    if (!program) return []
    await buildIfStale()
    const data = mkdtempSync(path.join(tmpdir(), 'depthwise-long-'))
    const tall = fill(data)
    const host = createHost({
      dataFolder: data,
      cacheFolder: data,
      builtInModel: data,
      version: '0.0.0',
      spawnEngine: () => new PacedEngine(30),
      log: () => undefined,
    })
    const server = await startServer({ host, pages: path.join(ROOT, 'dist/renderer') })
    const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
      const begun = performance.now()
      await page.goto(server.address)
      await page.getByTestId('conversation-item').first().waitFor()
      const start = performance.now() - begun
      return [
        row('the list is there, from the start of the page', 'ms', [start]),
        ...(await measure(page, tall, repeats)),
      ]
    } finally {
      await browser.close()
      await server.close()
      await host.close()
      rmSync(data, { recursive: true, force: true, maxRetries: 5 })
    }
  },
}

/** @param tall id of the conversation with the answer of many blocks */
async function measure(page: Page, tall: number, repeats: number): Promise<Row[]> {
  const first = '[data-testid=conversation-item]'
  const opened: number[] = []
  for (let i = 0; i < repeats; i++) {
    await page.getByTestId('new-chat').click()
    await page.evaluate('new Promise((done) => setTimeout(done, 500))')
    opened.push(await page.evaluate<number>(opening(first, '[data-testid=message-answer] .prose')))
  }
  const openedTall: number[] = []
  for (let i = 0; i < repeats; i++) {
    await page.getByTestId('new-chat').click()
    await page.evaluate('new Promise((done) => setTimeout(done, 500))')
    openedTall.push(await page.evaluate<number>(going(tall, '[data-testid=message-answer] .prose')))
  }
  const tallFrames = await page.evaluate<number[]>(scrolling('.scroller', -60, 100))
  await page.locator(first).first().click()
  await page.getByTestId('message-answer').first().waitFor()
  await page.evaluate(KEYS)
  await page.getByTestId('composer').focus()
  await page.keyboard.type('what does the lighthouse say', { delay: 30 })
  const keys = await page.evaluate<number[]>('window.keyTimes')
  const frames = async (selector: string, pixels: number) => page.evaluate<number[]>(scrolling(selector, pixels, 100))
  return [
    row('opening the long conversation', 'ms', opened),
    row('opening the answer of many blocks', 'ms', openedTall),
    row('a frame while it is scrolled by 60 pixels each', 'ms', tallFrames),
    row('longest of them', 'ms', [Math.max(...tallFrames)]),
    row('a key to the frame after it', 'ms', keys),
    row('a frame while the long one is scrolled by 60 pixels each', 'ms', await frames('.scroller', -60)),
    row('longest of them', 'ms', [Math.max(...(await frames('.scroller', -60)))]),
    row('longest while it is scrolled by 3000 pixels each', 'ms', [Math.max(...(await frames('.scroller', -3000)))]),
    row('longest while the list is scrolled by 60 pixels each', 'ms', [Math.max(...(await frames('nav .list', 60)))]),
  ]
}

/** @returns the id of the conversation with the answer of many blocks */
function fill(folder: string): number {
  const history = openHistory(folder)
  for (let i = 1; i < CONVERSATIONS; i++) history.conversations.create(`Conversation ${i}`)
  const { id } = history.conversations.create('The long one')
  const { turn, answer } = history.messages.addTurn(id, null, 'Question 1 about lighthouses', generation())
  const told = generation({ depths: Array<number>(150).fill(2), lengths: Array<number>(150).fill(2) })
  history.messages.saveAnswer(answer.id, { status: 'complete', text: ANSWER, generation: told })
  const tall = history.conversations.create('The tall one').id
  const asked = history.messages.addTurn(tall, null, 'Count, please', generation())
  const text = Array.from({ length: BLOCKS }, (_, i) => `Line ${i}`).join('\n\n')
  history.messages.saveAnswer(asked.answer.id, { status: 'complete', text, generation: generation() })
  history.close()
  multiply(path.join(folder, 'history.sqlite'), turn.id, answer.id)
  return tall
}

/** The first turn and its answer again and again, each under the answer before: one transaction, not five thousand. */
function multiply(file: string, turnId: number, answerId: number): void {
  const database = new Database(file)
  database.transaction(() => {
    const copy = database.prepare(
      `INSERT INTO message (conversation_id, parent_id, role, status, text, created_at)
       SELECT conversation_id, ?, role, status, text, created_at FROM message WHERE id = ?`,
    )
    const columns = (database.pragma('table_info(generation)') as { name: string }[]).map(({ name }) => name).slice(1)
    const told = database.prepare(
      `INSERT INTO generation (message_id, ${columns.join()}) SELECT ?, ${columns.join()} FROM generation WHERE message_id = ?`,
    )
    let leaf: number | bigint = answerId
    for (let i = 2; i < MESSAGES; i += 2) {
      const turn: number | bigint = copy.run(leaf, turnId).lastInsertRowid
      leaf = copy.run(turn, answerId).lastInsertRowid
      told.run(leaf, answerId)
    }
    database
      .prepare(
        'UPDATE conversation SET leaf_id = ?, updated_at = updated_at + 1000 WHERE id = (SELECT conversation_id FROM message WHERE id = ?)',
      )
      .run(leaf, answerId)
  })()
  database.close()
}
