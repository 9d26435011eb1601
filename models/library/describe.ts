import * as v from 'valibot'
import type { Failure } from '../common/errors.ts'
import { DepthwiseError, toFailure } from '../common/errors.ts'
import { FAMILIES } from '../families/index.ts'
import { CommonConfigSchema } from '../formats/sources.ts'
import { anatomyOf, parametersOf } from './anatomy.ts'
import type { Memory } from './memory.ts'
import { memoryOf } from './memory.ts'

/** What is known of a model without loading it; null: it cannot be told. */
export interface Description {
  name: string
  licence: string | null
  family: string | null
  parameters: number | null
  contextLength: number | null
  adjustable: boolean
  /** One sentence: what the slider means for it. */
  slider: string
  chat: boolean
  thinking: boolean
  memory: Memory | null
  /** Sentences to know before it is used. */
  notes: string[]
}

/** What a description is made of. */
export interface Known {
  name: string
  /** What config.json says. */
  config: unknown
  licence: string | null
  chat: boolean
  thinking: boolean
}

const NOTHING_KNOWN = 'What the slider means for it shows when it has been loaded.'

/** From what is known of it. */
export function describe({ name, config, licence, chat, thinking }: Known): Description {
  const { family, own } = typeOf(config)
  const anatomy = family === null ? null : anatomyOf(family, config)
  return {
    name: own.name ?? name,
    licence: licence ?? (typeof own.license === 'string' ? own.license : null),
    family,
    parameters: anatomy && parametersOf(anatomy),
    contextLength: anatomy?.contextLength ?? null,
    adjustable: anatomy?.adjustable ?? false,
    slider: anatomy?.slider ?? NOTHING_KNOWN,
    chat,
    thinking,
    memory: anatomy && memoryOf(anatomy),
    notes: notesOf(family, chat),
  }
}

/** Why a configuration cannot be run, as far as it says so itself. */
export function problemOf(config: unknown): Failure | null {
  const { family } = typeOf(config)
  const refused = (message: string, detail: string): Failure => ({ code: 'MODEL_UNSUPPORTED', message, detail })
  if (typeof config !== 'object' || config === null) {
    return { code: 'MODEL_CONFIG', message: 'Its config.json cannot be read.' }
  }
  if (family === null) return refused('Its config.json does not say what the model is (model_type).', 'model_type')
  const known = FAMILIES.get(family)
  if (!known) return refused(`Models of type ${family.slice(0, 60)} cannot be run.`, 'model_type')
  if ('quantization' in config && !('quantization_config' in config)) {
    return refused('It was quantised for MLX already. Use the folder that it was made of.', 'quantization')
  }
  try {
    known.read(config)
    return null
  } catch (error) {
    return error instanceof DepthwiseError ? toFailure(error) : null
  }
}

type Common = v.InferOutput<typeof CommonConfigSchema>

function typeOf(config: unknown): { family: string | null; own: Partial<Common> } {
  const parsed = v.safeParse(CommonConfigSchema, config)
  const own: Partial<Common> = parsed.success ? parsed.output : {}
  return { family: own.model_type ?? own.family ?? null, own }
}

function notesOf(family: string | null, chat: boolean): string[] {
  return [
    ...(family === 'huginn_raven'
      ? ['It reads a prompt slowly: at full depth on two cores, 200 tokens of it take one to three minutes.']
      : []),
    ...(family === 'hrm_text' ? ['It was trained to complete a text once, not to hold a conversation.'] : []),
    ...(chat ? [] : ['It has no chat template: it continues texts rather than answering.']),
  ]
}
