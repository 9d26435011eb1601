import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { HubClient } from '../../models/hub/client.ts'
import type { DownloadNews } from '../../models/hub/download.ts'
import { download } from '../../models/hub/download.ts'
import type { TestHub } from './server.ts'

export const NAME = 'maker/small-model'
/** Long enough to be large, and to be sent in more than one piece. */
export const WEIGHTS = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251))
export const FILES = {
  'config.json': '{"model_type":"llama"}',
  'tokenizer.json': '{"model":{}}',
  'tokenizer_config.json': '{}',
  'README.md': '# A model',
  LICENSE: 'Apache-2.0',
  'model.safetensors': WEIGHTS,
  'pytorch_model.bin': 'a twin',
  'model.gguf': 'a twin',
  'onnx/model.onnx': 'a twin',
  'original/consolidated.00.pth': 'a twin',
}
export const QUICK = { stallMs: 300, backoffMs: [5, 5, 5, 5], mostWaitMs: 5_000 }

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-hub-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

export function clientOf(hub: TestHub, token: string | null = null, limits = {}): HubClient {
  return new HubClient({ endpoint: hub.endpoint, token, limits: { ...QUICK, ...limits } })
}

interface Run {
  models?: string
  token?: string | null
  signal?: AbortSignal
  limits?: object
  revision?: string | null
  tell?: (news: DownloadNews) => void
}

/** Downloads, and says what was told and what is there afterwards. */
export async function run(
  hub: TestHub,
  { models = temporaryFolder(), token = null, signal, limits, revision = null, tell }: Run = {},
) {
  const news: DownloadNews[] = []
  const folder = await download(
    clientOf(hub, token, limits),
    { name: NAME, revision },
    {
      models,
      signal: signal ?? new AbortController().signal,
      tell: (each) => {
        news.push({ ...each })
        tell?.(each)
      },
    },
  )
  return { folder, news, models, weights: readFileSync(path.join(folder, 'model.safetensors')) }
}

export const entries = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).toSorted() : [])
