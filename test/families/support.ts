import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { prepare } from '../../models/prepare/prepare.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { temporaryFolder, writeRaw } from '../models/support.ts'

export const FIXTURES = path.join(import.meta.dirname, '../fixtures')

/** A copy of a recorded model to damage. */
export function copyOf(fixture: string): string {
  const folder = path.join(temporaryFolder(onTestFinished), 'model')
  cpSync(path.join(FIXTURES, fixture), folder, { recursive: true })
  return folder
}

export function prepared(folder: string): Promise<PreparedModel> {
  return prepare(folder, temporaryFolder(onTestFinished), 'fp32', undefined, { chat: false })
}

/** The error of a model that cannot be prepared: its code and the field, tensor or file that it names. */
export async function refused(folder: string, code: string, detail: string): Promise<void> {
  await expect(prepared(folder)).rejects.toMatchObject({ name: 'DepthwiseError', code, detail })
}

type Tensors = Map<string, { shape: number[]; values: Float32Array }>

/** Reads a float32 safetensors file, lets `edit` change its tensors and writes it back. */
export function editTensors(folder: string, edit: (tensors: Tensors) => void, file = 'model.safetensors'): void {
  const place = path.join(folder, file)
  const bytes = readFileSync(place)
  const start = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >
  const tensors: Tensors = new Map()
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const [from, to] = entry.data_offsets
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + start + from, bytes.byteOffset + start + to))
    tensors.set(name, { shape: entry.shape, values })
  }
  edit(tensors)
  let end = 0
  const entries = [...tensors].map(([name, { shape, values }]) => {
    const data_offsets = [end, (end += values.byteLength)]
    return [name, { dtype: 'F32', shape, data_offsets }] as const
  })
  const data = Buffer.concat([...tensors.values()].map(({ values }) => Buffer.from(values.buffer)))
  writeRaw(place, JSON.stringify(Object.fromEntries(entries)), data)
}

/** Writes a model's weights as several files with an index. */
export function shard(folder: string, count: number): void {
  const parts: Record<string, string> = {}
  editTensors(folder, (all) => {
    const names = [...all.keys()]
    for (let i = 0; i < count; i++) {
      const mine = names.filter((_, n) => n % count === i)
      const file = `model-0000${i + 1}-of-0000${count}.safetensors`
      let end = 0
      const entries = mine.map((name) => {
        parts[name] = file
        const { shape, values } = all.get(name)!
        return [name, { dtype: 'F32', shape, data_offsets: [end, (end += values.byteLength)] }] as const
      })
      const data = Buffer.concat(mine.map((name) => Buffer.from(all.get(name)!.values.buffer)))
      writeRaw(path.join(folder, file), JSON.stringify(Object.fromEntries(entries)), data)
    }
  })
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: parts }))
}
