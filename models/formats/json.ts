import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import * as v from 'valibot'
import type { ErrorCode } from '../../electron/contract/errors.ts'
import { DepthwiseError } from '../../electron/contract/errors.ts'

const MAX_BYTES = 200_000_000

/** A JSON file checked against a schema. @throws DepthwiseError with `code`, naming file and field */
export function readJson<const S extends v.GenericSchema>(path: string, schema: S, code: ErrorCode): v.InferOutput<S> {
  const file = basename(path)
  let data: unknown
  try {
    if (statSync(path).size > MAX_BYTES)
      throw new DepthwiseError(code, `${file} is larger than ${MAX_BYTES} bytes.`, { detail: path })
    data = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof DepthwiseError) throw cause
    const what = cause instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read'
    throw new DepthwiseError(code, `${file} ${what}.`, { detail: path, cause })
  }
  const parsed = v.safeParse(schema, data)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    const field = v.getDotPath(issue) ?? '(the whole file)'
    throw new DepthwiseError(code, `${file} has a wrong value at ${field}: ${issue.message}.`, { detail: field })
  }
  return parsed.output
}
