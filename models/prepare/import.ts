import { existsSync, lstatSync, renameSync } from 'node:fs'
import path from 'node:path'
import { DepthwiseError } from '../common/errors.ts'
import type { Precision } from '../common/values.ts'
import { checkReadable, copyPart, MAX_TEXT_BYTES } from '../formats/file.ts'
import { readJson } from '../formats/json.ts'
import { openSource } from '../formats/model-source.ts'
import { StartersSchema } from '../formats/sources.ts'
import { ModelTokenizer, TEMPLATE_FILE } from '../formats/tokenizer.ts'
import type { Plan } from '../plan/plan.ts'
import { compile } from './compile.ts'
import { checkFile, seal, TOKENIZER_FILES, writable } from './folder.ts'
import { besideFolder } from './partial.ts'
import { modelId, stages } from './prepare.ts'

const STARTERS = 'starters.json'
/** What goes along with a model beside its tokenizer, where it has it. */
const COMPANIONS = [TEMPLATE_FILE, STARTERS]

/**
 * Compiles a model folder, or a GGUF file, into a folder of its own that can be loaded like the original, which is needed no more.
 * Atomic: `target` appears complete or not at all.
 * @param progress told the share done, 0 to 1
 * @throws DepthwiseError BAD_ARGUMENT where `target` is there, MODEL_*, CACHE_UNWRITABLE, NO_SPACE; nothing is left behind
 */
export async function importModel(
  source: string,
  target: string,
  precision: Precision,
  progress: (fraction: number) => void = () => undefined,
): Promise<Plan> {
  if (lstatSync(target, { throwIfNoEntry: false })) {
    throw new DepthwiseError('BAD_ARGUMENT', `There is something at ${target} already.`, { detail: target })
  }
  checkFile(source, 'config.json')
  for (const part of [...TOKENIZER_FILES, ...COMPANIONS]) {
    const place = path.join(source, part)
    if (existsSync(place)) {
      checkReadable(place, part === STARTERS ? 'MODEL_CONFIG' : 'MODEL_TOKENIZER', part, MAX_TEXT_BYTES)
    }
  }
  if (existsSync(path.join(source, STARTERS))) readJson(path.join(source, STARTERS), StartersSchema, 'MODEL_CONFIG')
  const [hashing, compiling] = stages(progress)
  const id = await modelId(source, precision, { progress: hashing })
  return besideFolder(target, async (partial) => {
    const plan = await compile(source, partial, { precision, taps: false, id }, compiling)
    const from = openSource(source)
    const parts = TOKENIZER_FILES.filter((part) => from.has(part))
    if (parts.length > 0) new ModelTokenizer(source, plan.vocabSize)
    writable(target, () => {
      for (const part of parts) from.copy(part, partial)
      for (const file of COMPANIONS) {
        if (existsSync(path.join(source, file))) copyPart(path.join(source, file), partial, 'MODEL_TOKENIZER')
      }
      seal(partial, plan)
      renameSync(partial, target)
    })
    return plan
  })
}
