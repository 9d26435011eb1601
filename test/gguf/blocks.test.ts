import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { BLOCK_TYPES } from '../../models/formats/gguf/blocks.ts'

type Recorded = Record<string, { type: number; bytes: string; values: string }>

const recorded = JSON.parse(readFileSync(path.join(import.meta.dirname, 'recorded/blocks.json'), 'utf8')) as Recorded

it.each(Object.keys(recorded))('%s has the values that the Python package reads', (name) => {
  const { type: number, bytes, values } = recorded[name]!
  const type = BLOCK_TYPES.get(number)!
  expect(type.name).toBe(name)
  const stored = Buffer.from(bytes, 'base64')
  const block = new DataView(stored.buffer, stored.byteOffset, stored.length)
  const expected = new Float32Array(new Uint8Array(Buffer.from(values, 'base64')).buffer)
  const found = new Float32Array(expected.length)
  for (let i = 0; i < stored.length / type.bytes; i++) type.decode(block, i * type.bytes, found, i * type.values)
  const largest = Math.max(...expected.map(Math.abs))
  const off = found.map((value, i) => Math.abs(value - expected[i]!) / largest)
  // it adds in float32
  expect(Math.max(...off)).toBeLessThan(3e-7)
  if (!type.codes) return
  const codes = new Int8Array(type.values)
  const scale = type.codes.read(block, 0, codes, 0)
  expect(Float32Array.from(codes, (code) => code * scale)).toEqual(found.slice(0, type.values))
})

it('are all of those that are read, but the whole numbers', () => {
  const names = [...BLOCK_TYPES.values()].map(({ name }) => name)
  expect(names.filter((name) => !(name in recorded))).toEqual(['F32', 'F64'])
})
