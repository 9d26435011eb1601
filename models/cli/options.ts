import path from 'node:path'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { Device } from '../common/values.ts'
import type { LoadRequest } from '../runtime/load-request.ts'
import { cacheFolder } from '../common/places.ts'

/** Exit code for wrong arguments and unusable models. */
export const EXIT_BAD_INPUT = 2

export const MODEL_OPTIONS = {
  model: { type: 'string' },
  provider: { type: 'string', default: 'cpu' },
  precision: { type: 'string', default: 'int8' },
  set: { type: 'string', multiple: true },
} as const

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>
type CommandLine<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>

/**
 * Command line → values.
 * @param words how many words may come beside the options
 * @throws DepthwiseError BAD_ARGUMENT
 */
export function parseCommandLine<const T extends Options>(options: T, words: number): CommandLine<T> {
  const parsed = parse(options)
  const extra = parsed.positionals[words]
  if (extra === undefined) return parsed
  throw new DepthwiseError('BAD_ARGUMENT', `“${extra}” was not expected here.`, { detail: extra })
}

function parse<const T extends Options>(options: T): CommandLine<T> {
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const option = /'(?:-\w, )?(-[^' =]*)/.exec(message)?.[1] ?? ''
    throw new DepthwiseError('BAD_ARGUMENT', sentence(code, option, Object.keys(options)), { detail: option, cause })
  }
}

function sentence(code: string | undefined, option: string, known: readonly string[]): string {
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
    return `There is no option ${option}; the options are ${known.map((name) => `--${name}`).join(', ')}.`
  return `The option ${option} was not understood: a value follows it, as in ${option}=VALUE, or none if it is a switch.`
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
  const subject = name.includes('-') ? `--${name}` : `The ${name}`
  const given = text.trim() === '' ? 'nothing' : text
  throw new DepthwiseError(code, `${subject} must be ${bounds(schema)}; ${given} was given.`, { detail: `--${name}` })
}

/** What a schema accepts, in words. */
function bounds(schema: v.GenericSchema<number>): string {
  const { pipe = [] } = schema as { pipe?: { type: string; requirement?: unknown }[] }
  const limit = (type: string): string | undefined => {
    const found = pipe.find((action) => action.type === type)
    return found && String(found.requirement)
  }
  const [least, above, most] = [limit('min_value'), limit('gt_value'), limit('max_value')]
  const kind = pipe.some(({ type }) => type === 'safe_integer') ? 'a whole number ' : ''
  if (least !== undefined && most !== undefined) return `${kind}between ${least} and ${most}`
  const parts = [least && `at least ${least}`, above && `above ${above}`, most && `at most ${most}`]
  return (kind && 'a whole number, ') + (parts.filter(Boolean).join(' and ') || 'a number')
}

/** What to load, from the options common to all commands. */
export function loadRequest(options: {
  model?: string | undefined
  provider: string
  precision: string
  set?: readonly string[] | undefined
}): LoadRequest {
  return {
    modelFolder: path.resolve(
      options.model ?? (process.env.DEPTHWISE_MODEL || path.join(import.meta.dirname, '../../models/default')),
    ),
    cacheFolder: cacheFolder(),
    precision: oneOf('precision', options.precision, ['fp32', 'int8', 'int4']),
    provider: oneOf('provider', options.provider, ['auto', 'cpu', 'webgpu']),
    settings: Object.fromEntries((options.set ?? []).map(setting)),
  }
}

/** `early_exits=[4,8]`: a field of config.json and its value, in JSON. */
function setting(text: string): [string, unknown] {
  const at = text.indexOf('=')
  try {
    if (at > 0) return [text.slice(0, at), JSON.parse(text.slice(at + 1))]
  } catch {
    // told below
  }
  throw new DepthwiseError('BAD_ARGUMENT', `--set takes FIELD=JSON, as in early_exits=[4,8]; ${text} was given.`, {
    detail: '--set',
  })
}

/** Says where a model does not compute on the device that was asked for by name. */
export function tellDevice(asked: string, { provider, reason }: Device): void {
  if (asked !== 'auto' && asked !== provider) process.stderr.write(`${reason}\n`)
}

/** One of a few words. @throws DepthwiseError BAD_ARGUMENT */
export function oneOf<const T extends string>(
  name: string,
  value: string,
  allowed: readonly T[],
  subject = `The ${name}`,
): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new DepthwiseError('BAD_ARGUMENT', `${subject} must be one of ${allowed.join(', ')}; ${value} was given.`, {
    detail: `--${name}`,
  })
}
