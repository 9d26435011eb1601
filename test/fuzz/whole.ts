import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Precision } from '../../models/common/values.ts'
import { importModel } from '../../models/prepare/import.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import { damage, mutateJson } from './json.ts'
import type { Random } from './random.ts'
import { TINY, json, modelSources } from './sources.ts'
import type { Target } from './targets.ts'
import { mutateTensors } from './tensors.ts'
import { tokenizerSources } from './tokenizers.ts'

const FILES = ['generation_config.json', 'starters.json']
/** Recorded models have hundreds of kilobytes; the small one has megabytes. */
const models = modelSources().filter(({ folder }) => folder !== TINY)
const [tokenizer] = tokenizerSources({
  json: json(TINY, 'tokenizer.json'),
  config: json(TINY, 'tokenizer_config.json'),
})

/** Whole folders, imported or prepared: what is refused leaves nothing behind, what is not can be loaded again. */
export const WHOLE: Target = {
  name: 'whole models',
  share: 0.02,
  deep: 0.3,
  limit: 10_000,
  async run(folder, random, deep) {
    rmSync(folder, { recursive: true })
    const source = path.join(folder, 'model')
    mkdirSync(source, { recursive: true })
    write(source, random)
    const precision = random.pick<Precision>(['fp32', 'int8', 'int4'])
    const out = path.join(folder, 'out')
    mkdirSync(out)
    let done = false
    try {
      if (random.chance(0.5)) {
        const target = path.join(out, 'imported')
        await importModel(source, target, precision, deep)
        await prepare(target, out, precision)
      } else {
        await prepare(source, out, precision, deep)
        await prepare(source, out, precision, () => {
          throw new Error('it was not found again')
        })
      }
      done = true
    } finally {
      // beside a model that was prepared, what its large files hold is remembered
      const left = readdirSync(out).filter((name) => !done || name !== 'sources.json')
      if (left.length !== (done ? 1 : 0)) throw new Error(`left behind: ${left.join(', ') || 'nothing'}`)
    }
  },
}

/** A recorded model's folder with a tokenizer, one of its files changed. */
function write(folder: string, random: Random): void {
  const { folder: from, config } = random.pick(models)
  const changed = random.pick(['config', 'config', 'config', 'weights', 'weights', 'tokenizer', 'other'])
  const put = (name: string, value: unknown, mutated: boolean): void => {
    writeFileSync(path.join(folder, name), mutated ? mutateJson(value, random) : JSON.stringify(value))
  }
  put('config.json', config, changed === 'config')
  put('tokenizer.json', tokenizer!.json, changed === 'tokenizer')
  put('tokenizer_config.json', tokenizer!.config, false)
  for (const name of FILES) put(name, json(TINY, name), changed === 'other')
  const weights = readFileSync(path.join(from, 'model.safetensors'))
  const bytes =
    changed !== 'weights' ? weights : random.chance(0.9) ? mutateTensors(weights, random) : damage(weights, random)
  writeFileSync(path.join(folder, 'model.safetensors'), bytes)
  const calibration = path.join(from, 'calibration.json')
  if (existsSync(calibration)) copyFileSync(calibration, path.join(folder, 'calibration.json'))
}
