import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { DepthwiseError } from '../contract/errors.ts'
import type { LoadRequest } from '../engine/engine.ts'
import { cacheFolder } from '../host/places.ts'

/** Exit code for wrong arguments and unusable models. */
export const EXIT_BAD_INPUT = 2

export const MODEL_OPTIONS = {
  model: { type: 'string' },
  provider: { type: 'string', default: 'cpu' },
  precision: { type: 'string', default: 'int8' },
} as const

/** Command line → values; unknown options are BAD_ARGUMENT. */
export function parseCommandLine<const T extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  options: T,
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true; allowNegative: true }>> {
  try {
    return parseArgs({ options, allowPositionals: true, allowNegative: true })
  } catch (cause) {
    throw new DepthwiseError('BAD_ARGUMENT', cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** A numeric option within its bounds. @throws DepthwiseError with `code` */
export function numberOption(
  name: string,
  text: string,
  schema: v.GenericSchema<number>,
  code: 'BAD_ARGUMENT' | 'BUDGET_OUT_OF_RANGE' = 'BAD_ARGUMENT',
): number {
  const parsed = v.safeParse(schema, text.trim() === '' ? NaN : Number(text))
  if (parsed.success) return parsed.output
  throw new DepthwiseError(code, `--${name} ${text}: ${parsed.issues[0].message}.`, { detail: name })
}

/** What to load, from the options common to all commands. */
export function loadRequest(options: { model?: string | undefined; provider: string; precision: string }): LoadRequest {
  return {
    modelFolder: resolve(options.model ?? join(import.meta.dirname, '../../models/default')),
    cacheFolder: cacheFolder(),
    precision: oneOf('precision', options.precision, ['fp32', 'int8', 'int4']),
    provider: oneOf('provider', options.provider, ['auto', 'cpu', 'webgpu']),
  }
}

function oneOf<const T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new DepthwiseError('BAD_ARGUMENT', `--${name} must be one of ${allowed.join(', ')}.`, { detail: name })
}
