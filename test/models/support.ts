import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

/** A model of four million parameters that was trained for every budget: it stands in for the built-in one. */
export const TINY = path.join(import.meta.dirname, 'tiny')

/** A folder that is gone when the test is over; with `afterAll`, when the file's tests are. */
export function temporaryFolder(whenOver: (clean: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-test-'))
  whenOver(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** A copy of the small model to damage. */
export function copyOfTiny(whenOver: (clean: () => void) => void = onTestFinished): string {
  const folder = path.join(temporaryFolder(whenOver), 'model')
  cpSync(TINY, folder, { recursive: true })
  return folder
}

/** Changes a JSON file of a model folder. */
export function editJson(folder: string, file: string, edit: (json: Record<string, unknown>) => void): void {
  const place = path.join(folder, file)
  const json = JSON.parse(readFileSync(place, 'utf8')) as Record<string, unknown>
  edit(json)
  writeFileSync(place, JSON.stringify(json))
}

/** A safetensors file of float32 tensors. */
export function writeSafetensors(
  file: string,
  tensors: Record<string, { shape: readonly number[]; values: ArrayLike<number> }>,
): void {
  const header: Record<string, unknown> = {}
  let end = 0
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + 4 * values.length] }
    end += 4 * values.length
  }
  const data = Object.values(tensors).map(({ values }) => Buffer.from(Float32Array.from(values).buffer))
  writeRaw(file, JSON.stringify(header), Buffer.concat(data))
}

/** A safetensors file with any header. */
export function writeRaw(file: string, header: string, data: Uint8Array, claimed = Buffer.byteLength(header)): void {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(claimed))
  writeFileSync(file, Buffer.concat([length, Buffer.from(header), data]))
}

/**
 * The small model without a token that ends an answer: it writes until it is stopped or its context is full.
 * @param contextLength beyond the 1,024 that it was trained for, what it writes makes no sense
 */
export function endlessModel(whenOver: (clean: () => void) => void = onTestFinished, contextLength = 1024): string {
  const folder = copyOfTiny(whenOver)
  editJson(folder, 'config.json', (config) => {
    delete config.eos_token_id
    config.max_position_embeddings = contextLength
  })
  editJson(folder, 'generation_config.json', (config) => {
    delete config.eos_token_id
    config.max_new_tokens = contextLength
  })
  editJson(folder, 'tokenizer_config.json', (config) => {
    delete config.eos_token
    config.chat_template = (config.chat_template as string).replace('<|end|>', '<|reserved_0|>')
  })
  return folder
}
