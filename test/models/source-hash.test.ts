import { createHash } from 'node:crypto'
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { SourceHashes } from '../../models/prepare/source-hash.ts'
import { temporaryFolder } from './support.ts'

const LARGE = 2 << 20

async function hashed(cache: string, file: string): Promise<string> {
  const hashes = new SourceHashes(cache)
  const hash = await hashes.of(file)
  hashes.keep()
  return hash
}

describe('hashes of sources', () => {
  it('are those of the contents, remembered or not', async () => {
    const folder = temporaryFolder()
    const [file, bytes] = [path.join(folder, 'weights'), new Uint8Array(LARGE).fill(7)]
    writeFileSync(file, bytes)
    const expected = createHash('sha256').update(bytes).digest('hex')
    expect(await hashed(folder, file)).toBe(expected)
    const memory = path.join(folder, 'sources.json')
    const known = JSON.parse(readFileSync(memory, 'utf8')) as Record<string, { hash: string }>
    known[file]!.hash = 'remembered'
    writeFileSync(memory, JSON.stringify(known))
    expect(await hashed(folder, file)).toBe('remembered')
    writeFileSync(memory, '{"damaged":')
    expect(await hashed(folder, file)).toBe(expected)
  })

  it('are made again where a file was written again, though its size and time of change look the same', async () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'weights')
    const time = new Date('2026-01-01')
    const hashes: string[] = []
    for (const value of [1, 2]) {
      writeFileSync(file, new Uint8Array(LARGE).fill(value))
      utimesSync(file, time, time)
      hashes.push(await hashed(folder, file))
    }
    expect(hashes[0]).not.toBe(hashes[1])
  })

  it('of small files are never remembered', async () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'config.json')
    writeFileSync(file, '{}')
    await hashed(folder, file)
    expect(() => readFileSync(path.join(folder, 'sources.json'))).toThrow('ENOENT')
  })
})
