import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import readline from 'node:readline'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { databaseFile, temporaryFolder, withHistory } from './support.ts'

const KILLS = 10

test('killing the process at any moment loses nothing that was acknowledged', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder()
  const acknowledged = new Set<string>()
  for (let round = 0; round < KILLS; round++) {
    const writer = spawn(process.execPath, [path.join(import.meta.dirname, 'writer.ts'), folder, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(writer, 'exit')
    const lines = readline.createInterface({ input: writer.stdout })
    let killing = false
    for await (const line of lines) {
      acknowledged.add(line)
      if (killing) continue
      killing = true
      setTimeout(() => writer.kill('SIGKILL'), 10 + Math.random() * 80)
    }
    await ended
    withHistory(folder, ({ conversations, messages }) => {
      const kept = new Set(conversations.list().flatMap(({ id }) => messages.tree(id).map(({ text }) => text)))
      expect([...acknowledged].filter((text) => !kept.has(text))).toEqual([])
    })
  }
  expect(acknowledged.size).toBeGreaterThan(KILLS)
  const database = new Database(databaseFile(folder))
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
})
