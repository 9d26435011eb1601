import path from 'node:path'
import * as v from 'valibot'
import type { ErrorCode } from '../common/errors.ts'
import { DepthwiseError } from '../common/errors.ts'
import { readPartBytes } from './file.ts'
import { JsonError, parseJson } from './json-text.ts'

/** Of what was found in a file, as much as a sentence bears. */
export const MAX_QUOTED = 300

/** A JSON file of a model's folder (openPart) checked against a schema. @throws DepthwiseError with `code`, naming file and field */
export function readJson<const S extends v.GenericSchema>(place: string, schema: S, code: ErrorCode): v.InferOutput<S> {
  return checked(path.basename(place), readRawJson(place, code), schema, code)
}

/** What `file` says, checked against a schema. @throws DepthwiseError with `code`, naming file and field */
export function checked<const S extends v.GenericSchema>(
  file: string,
  json: unknown,
  schema: S,
  code: ErrorCode,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, json)
  if (parsed.success) return parsed.output
  throw wrongValue(file, parsed.issues[0], code)
}

/** The error of a value that a schema refuses, naming file and field. */
export function wrongValue(file: string, issue: v.BaseIssue<unknown>, code: ErrorCode): DepthwiseError {
  const field = (v.getDotPath(issue) ?? '(the whole file)').slice(0, MAX_QUOTED)
  const why = issue.message.slice(0, MAX_QUOTED)
  return new DepthwiseError(code, `${file} has a wrong value at ${field}: ${why}.`, { detail: field })
}

/** What a JSON file says, all keys included. @throws DepthwiseError with `code`, naming the file */
export function readRawJson(place: string, code: ErrorCode): unknown {
  return readBytes(place, code, (bytes) => parseJson(bytes).data)
}

/** A text in UTF-8. @throws DepthwiseError with `code`, naming the file */
export function readText(place: string, code: ErrorCode): string {
  return readBytes(place, code, (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
}

function readBytes<T>(place: string, code: ErrorCode, read: (bytes: Uint8Array) => T): T {
  const name = path.basename(place)
  const bytes = readPartBytes(place, code, name)
  try {
    return read(bytes)
  } catch (cause) {
    const what = cause instanceof JsonError ? cause.message : 'cannot be read'
    throw new DepthwiseError(code, `${name} ${what}.`, { detail: place, cause })
  }
}
