import { statSync } from 'node:fs'
import * as v from 'valibot'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { Sampling, Thinking } from '../../models/common/values.ts'
import type { Settings } from '../contract/values.ts'
import { DEFAULT_SAMPLING, DEFAULT_THINKING, SamplingSchema, ThinkingSchema } from '../../models/common/values.ts'
import { SettingsSchema } from '../contract/values.ts'
import type { StoredSettings } from '../history/settings.ts'

const DEFAULTS: Settings = {
  theme: 'system',
  textSize: 'normal',
  language: 'system',
  budget: 50,
  provider: 'auto',
  precision: 'int8',
  tintByDepth: false,
  dockFolded: null,
  notifications: 'preview',
  sampling: DEFAULT_SAMPLING,
  thinking: DEFAULT_THINKING,
  seed: null,
  modelFolder: null,
  systemPrompt: '',
  presets: [],
  welcomed: false,
}

type Patch = { [K in keyof Settings]?: Settings[K] | undefined }

/** What a model brings along for settings that were never changed. */
export type OwnSettings = Pick<Settings, 'sampling'> & Partial<Pick<Settings, 'budget'>>

/** Only what a person changed is stored; all else follows the model's own settings, and the defaults. */
export class HostSettings {
  private readonly stored: StoredSettings
  private readonly own: () => OwnSettings | null

  /** @param own of the model that was loaded last, null before the first */
  constructor(stored: StoredSettings, own: () => OwnSettings | null) {
    this.stored = stored
    this.own = own
  }

  /** The settings as they would be if nothing had been changed. */
  get defaults(): Settings {
    return { ...DEFAULTS, ...this.own() }
  }

  /** @param own of the model that they are read for; default: the one that was loaded last */
  read(own = this.own()): Settings {
    const stored = this.stored.read()
    const defaults = { ...DEFAULTS, ...own }
    return {
      ...overlay(defaults, SettingsSchema.entries, '', stored),
      sampling: overlay(defaults.sampling, SamplingSchema.entries, 'sampling.', stored),
      thinking: overlay(defaults.thinking, ThinkingSchema.entries, 'thinking.', stored),
    }
  }

  /** Whether a person has moved the slider, ever. */
  get budgetChosen(): boolean {
    return this.stored.read().has('budget')
  }

  /** A sampling value set back to the model's own counts as never changed. Throws MODEL_NOT_FOUND. */
  change(patch: Patch): Settings {
    if (patch.modelFolder) expectFolder(patch.modelFolder)
    const { sampling, thinking, ...plain } = patch
    const changes = new Map<string, unknown>(Object.entries(plain).filter(([, value]) => value !== undefined))
    const { sampling: before, thinking: thought } = this.read()
    for (const [key, value] of Object.entries(thinking ?? {}))
      if (!same(value, thought[key as keyof Thinking])) changes.set(`thinking.${key}`, value)
    const own = this.own()?.sampling
    for (const key of Object.keys(sampling ?? {}) as (keyof Sampling)[]) {
      const value = sampling![key]
      if (own && same(value, own[key])) changes.set(`sampling.${key}`, undefined)
      else if (!same(value, before[key])) changes.set(`sampling.${key}`, value)
    }
    if (changes.size > 0) this.stored.write(changes)
    return this.read()
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
  const found = statSync(folder, { throwIfNoEntry: false })
  // a file: a model in GGUF
  if (found?.isDirectory() || found?.isFile()) return
  throw new DepthwiseError(
    'MODEL_NOT_FOUND',
    'There is no such model. Choose a folder with a config.json in it, or a GGUF file.',
    {
      detail: folder,
    },
  )
}
