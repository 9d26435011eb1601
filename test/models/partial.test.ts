import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { besideFolder, needSpace, removeAbandoned } from '../../models/prepare/partial.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { temporaryFolder, TINY } from './support.ts'

/** The number of a process that runs no more. */
const gone = (): number => spawnSync(process.execPath, ['-e', '']).pid

it('what killed processes left is removed, and what running ones fill is not', async () => {
  const folder = temporaryFolder()
  const left = [`a.partial-${gone()}-${Date.now()}`, `b.partial-${gone()}-${Date.now()}`]
  // the number of a running process, from before the machine was started
  left.push(`c.partial-${process.pid}-1000`)
  const kept = [`d.partial-${process.pid}-${Date.now()}`, 'e.partial', 'f.partial-1-x', 'prepared']
  for (const name of [...left, ...kept]) mkdirSync(path.join(folder, name))
  writeFileSync(path.join(folder, left[0]!, 'weights.bin'), 'x')
  removeAbandoned(folder, 'a')
  expect(readdirSync(folder).toSorted()).toEqual([...left.slice(1), ...kept].toSorted())
  await prepare(TINY, folder, 'int8')
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(kept))
  for (const name of left) expect(readdirSync(folder)).not.toContain(name)
})

it('preparing that is given up leaves nothing behind', async () => {
  const cache = temporaryFolder()
  for (const share of [0, 0.3, 0.9]) {
    const end = new AbortController()
    const reached = (fraction: number): void => {
      if (fraction >= share) end.abort(new Error(`at ${share}`))
    }
    await expect(prepare(TINY, cache, 'int8', reached, { signal: end.signal })).rejects.toThrow(`at ${share}`)
    expect(readdirSync(cache)).toEqual([])
  }
})

it('a disk with too little room is refused before anything is written, and a full one in a sentence', async () => {
  const folder = temporaryFolder()
  needSpace(folder, 1)
  expect(() => {
    needSpace(path.join(folder), 1e18)
  }).toThrow(/^There is too little room on the disk of .*: 1000000000\.0 GB are needed, and [\d.]+ GB are free\.$/)
  const full = Object.assign(new Error('full'), { syscall: 'write', code: 'ENOSPC' })
  const target = path.join(folder, 'target')
  await expect(besideFolder(target, () => Promise.reject(full))).rejects.toMatchObject({ code: 'NO_SPACE' })
  expect(readdirSync(folder)).toEqual([])
})
