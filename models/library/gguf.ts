import { statSync } from 'node:fs'
import path from 'node:path'
import type { Failure } from '../common/errors.ts'
import { toFailure } from '../common/errors.ts'
import { openSource } from '../formats/model-source.ts'
import type { Description } from './describe.ts'
import { describe, problemOf } from './describe.ts'
import type { DescribedFolder } from './folder.ts'
import { abilitiesOf } from './template.ts'

/** What is told of a file whose header says nothing. */
const UNKNOWN: Omit<Description, 'name' | 'notes'> = {
  licence: null,
  family: null,
  parameters: null,
  contextLength: null,
  adjustable: false,
  slider: 'What the slider means for it shows when it has been loaded.',
  chat: true,
  thinking: false,
  memory: null,
}

/** Describes a model in a GGUF file by its header; reads none of its weights. */
export function describeGguf(file: string, name: string): DescribedFolder {
  const bytesOnDisk = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const unusable = (problem: Failure): DescribedFolder => ({ ...UNKNOWN, name, notes: [], bytesOnDisk, problem })
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    return unusable({ code: 'MODEL_NOT_FOUND', message: 'This file is not there any more.', detail: file })
  }
  try {
    const source = openSource(path.resolve(file))
    const config = source.raw('config.json', 'MODEL_CONFIG')
    const abilities = abilitiesOf(null, source.raw('tokenizer_config.json', 'MODEL_TOKENIZER'))
    const note = source.note('int8')
    const described = describe({ name, config, licence: null, ...abilities })
    const notes = note === null ? described.notes : [...described.notes, note]
    return { ...described, name, notes, bytesOnDisk, problem: problemOf(config) }
  } catch (error) {
    return unusable(toFailure(error))
  }
}
