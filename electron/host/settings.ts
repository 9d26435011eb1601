import fs from 'node:fs'
import * as v from 'valibot'
import { DepthwiseError } from '../contract/errors.ts'
import type { Sampling, Settings } from '../contract/values.ts'
import { SamplingSchema, SettingsSchema } from '../contract/values.ts'
import type { StoredSettings } from '../history/settings.ts'

const DEFAULTS: Settings = {
  theme: 'system',
  budget: 50,
  provider: 'auto',
  tintByDepth: false,
  sampling: { temperature: 0.7, topK: 0, topP: 0.9, minP: 0, repetitionPenalty: 1.1, maxTokens: 512, stop: [] },
  seed: null,
  modelFolder: null,
}

type Patch = { [K in keyof Settings]?: Settings[K] | undefined }

/** Only what a person changed is stored; all else follows the defaults and the model's own sampling. */
export class HostSettings {
  readonly #stored: StoredSettings
  readonly #modelSampling: () => Sampling | null

  constructor(stored: StoredSettings, modelSampling: () => Sampling | null) {
    this.#stored = stored
    this.#modelSampling = modelSampling
  }

  read(): Settings {
    const stored = this.#stored.read()
    return {
      ...overlay(DEFAULTS, SettingsSchema.entries, '', stored),
      sampling: overlay(this.#defaultSampling(), SamplingSchema.entries, 'sampling.', stored),
    }
  }

  /** A sampling value set back to the model's own counts as never changed. Throws MODEL_NOT_FOUND. */
  change(patch: Patch): Settings {
    if (patch.modelFolder) expectFolder(patch.modelFolder)
    const { sampling, ...plain } = patch
    const changes = new Map<string, unknown>(Object.entries(plain).filter(([, value]) => value !== undefined))
    const before = this.read().sampling
    const own = this.#modelSampling()
    for (const key of Object.keys(sampling ?? {}) as (keyof Sampling)[]) {
      const value = sampling![key]
      if (own && same(value, own[key])) changes.set(`sampling.${key}`, undefined)
      else if (!same(value, before[key])) changes.set(`sampling.${key}`, value)
    }
    if (changes.size > 0) this.#stored.write(changes)
    return this.read()
  }

  #defaultSampling(): Sampling {
    return this.#modelSampling() ?? DEFAULTS.sampling
  }
}

/** `defaults`, with every stored value that is still valid. */
function overlay<T extends object>(
  defaults: T,
  entries: Record<keyof T, v.GenericSchema>,
  prefix: string,
  stored: ReadonlyMap<string, unknown>,
): T {
  const values = { ...defaults }
  for (const key of Object.keys(defaults) as (keyof T & string)[]) {
    const parsed = v.safeParse(entries[key], stored.get(prefix + key))
    if (parsed.success && stored.has(prefix + key)) values[key] = parsed.output as T[typeof key]
  }
  return values
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function expectFolder(folder: string): void {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  throw new DepthwiseError(
    'MODEL_NOT_FOUND',
    'There is no such model folder. Choose a folder with a config.json in it.',
    {
      detail: folder,
    },
  )
}
