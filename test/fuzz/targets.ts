import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { SamplingSchema } from '../../models/common/values.ts'
import type { ModelWriter } from '../../models/families/build.ts'
import { FAMILIES } from '../../models/families/index.ts'
import { TensorReader } from '../../models/families/tensors.ts'
import { readJson } from '../../models/formats/json.ts'
import { SafetensorsFile } from '../../models/formats/safetensors.ts'
import { openSource } from '../../models/formats/model-source.ts'
import { GenerationConfigSchema, StartersSchema } from '../../models/formats/sources.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import type { Weights } from '../../models/formats/stored.ts'
import { openWeights } from '../../models/formats/weights.ts'
import { readCalibration } from '../../models/prepare/calibration.ts'
import { endTokens, recommendedSampling } from '../../models/prepare/recommended.ts'
import { mutateGguf } from './gguf.ts'
import { damage, mutateJson } from './json.ts'
import type { Random } from './random.ts'
import type { Source } from './sources.ts'
import { TINY, json, modelSources } from './sources.ts'
import { mutateTensors, smallFile } from './tensors.ts'
import { mutateTemplate, tokenizerSources, VOCABULARY } from './tokenizers.ts'

/** One kind of input: makes a bad one over what is in `folder` from the case before, and reads it. @param deep to be called behind the first checks */
export interface Target {
  name: string
  /** Of all cases, the share that are of this kind. */
  share: number
  /** Least share of its cases that must get deep, or else they test nothing. */
  deep: number
  /** Milliseconds that are too long. */
  limit: number
  run: (folder: string, random: Random, deep: () => void) => void | Promise<void>
}

const LIMIT = 2000
const MAP = 'model.safetensors.index.json'
const shards = { 'a.safetensors': smallFile('a'), 'b.safetensors': smallFile('b') }
const index = {
  metadata: { total_size: 200 },
  weight_map: Object.fromEntries(
    Object.keys(shards).flatMap((file) => Array.from({ length: 10 }, (_, i) => [`${file[0]}.${i}.weight`, file])),
  ),
}
const small = tokenizerSources({
  json: json(TINY, 'tokenizer.json'),
  config: json(TINY, 'tokenizer_config.json'),
})
const models = modelSources()

/** Reads every tensor as what it is. */
function readAll(weights: Weights): void {
  for (const [name, { shape, dtype }] of weights.entries) {
    if (!/^B?F\d/.test(dtype)) {
      if (weights instanceof SafetensorsFile && /^I(32|64)$/.test(dtype)) weights.readInts(name)
    } else if (!weights.readFloats(name, shape).every(Number.isFinite)) throw new Error(`${name} is not finite`)
  }
}

function reading(weights: Weights, deep: () => void): void {
  deep()
  try {
    readAll(weights)
  } finally {
    weights.close()
  }
}

export const TARGETS: readonly Target[] = [
  {
    name: 'safetensors',
    share: 0.24,
    deep: 0.15,
    limit: LIMIT,
    run(folder, random, deep) {
      const file = path.join(folder, 'model.safetensors')
      writeFileSync(file, mutateTensors(smallFile('model.layers'), random))
      reading(new SafetensorsFile(file), deep)
    },
  },
  {
    name: 'shards',
    share: 0.1,
    deep: 0.15,
    limit: LIMIT,
    run(folder, random, deep) {
      const inIndex = random.chance(0.7)
      writeFileSync(path.join(folder, MAP), inIndex ? mutateJson(index, random) : JSON.stringify(index))
      for (const [name, bytes] of Object.entries(shards)) {
        writeFileSync(path.join(folder, name), !inIndex && random.chance(0.5) ? mutateTensors(bytes, random) : bytes)
      }
      reading(openWeights(folder), deep)
    },
  },
  {
    name: 'GGUF files',
    share: 0.05,
    deep: 0.15,
    limit: LIMIT,
    run(folder, random, deep) {
      const file = path.join(folder, 'model.gguf')
      writeFileSync(file, mutateGguf(random))
      const source = openSource(file)
      deep()
      source.raw('config.json', 'MODEL_CONFIG')
      source.raw('generation_config.json', 'MODEL_CONFIG')
      new ModelTokenizer(file, 5).encodeText('abba')
      reading(source.weights(), () => undefined)
    },
  },
  {
    name: 'configurations',
    share: 0.38,
    deep: 0.3,
    limit: LIMIT,
    async run(folder, random, deep) {
      const model = random.pick(models)
      const file = path.join(folder, 'config.json')
      writeFileSync(file, mutateJson(model.config, random))
      const config = readJson(file, v.looseObject({}), 'MODEL_CONFIG')
      const build = FAMILIES.get(model.type)!.read(config)
      deep()
      const tensors = new TensorReader(constantWeights(model), () => undefined)
      await build(tensors, writerOfNothing())
      tensors.finish()
    },
  },
  {
    name: 'tokenizers',
    share: 0.08,
    deep: 0.3,
    limit: LIMIT,
    run(folder, random, deep) {
      const { json, config } = random.pick(small)
      const what = random.below(10)
      const template = what < 4 && { chat_template: mutateTemplate(config.chat_template as string, random) }
      const settings = what === 4 ? mutateJson(config, random) : JSON.stringify({ ...config, ...template })
      writeFileSync(path.join(folder, 'tokenizer.json'), what > 4 ? mutateJson(json, random) : JSON.stringify(json))
      writeFileSync(path.join(folder, 'tokenizer_config.json'), settings)
      const tokenizer = new ModelTokenizer(folder, VOCABULARY)
      deep()
      const content = random.pick(['Hello, the hell!', 'ab <|end|> "é" 🌊\n\n  12', ''])
      const ids = [...tokenizer.encodeChat([{ role: 'user', content }], true), ...tokenizer.encodeText(content)]
      if (!ids.every((id) => Number.isInteger(id) && id >= 0 && id < VOCABULARY)) throw new Error('an id of no token')
      for (const id of [...Array(VOCABULARY).keys()]) tokenizer.decode([...ids.slice(0, 2), id])
    },
  },
  {
    name: 'small files',
    share: 0.125,
    deep: 0.15,
    limit: LIMIT,
    run(folder, random, deep) {
      const name = random.pick(['calibration.json', 'generation_config.json', 'starters.json'])
      const file = path.join(folder, name)
      const whole = readFileSync(path.join(TINY, name))
      const changed = random.chance(0.9) ? mutateJson(JSON.parse(whole.toString()), random) : damage(whole, random)
      writeFileSync(file, changed)
      if (name === 'starters.json') readJson(file, StartersSchema, 'MODEL_CONFIG')
      else if (name === 'calibration.json') readCalibration(folder, 2)
      else {
        const generation = readJson(file, GenerationConfigSchema, 'MODEL_CONFIG')
        endTokens({}, generation, { vocabSize: VOCABULARY, endTokens: [] })
        v.parse(SamplingSchema, recommendedSampling(generation))
      }
      deep()
    },
  },
]

/** Weights of the shapes of a model's own, all of them one number: read at no cost. */
function constantWeights({ entries }: Source): Weights {
  return {
    entries,
    readInts: () => ({ shape: [], values: new Int32Array(0) }),
    matrix: () => null,
    readFloats: (_, shape) => new Float32Array(shape.reduce((product, dim) => product * dim, 1)).fill(0.01),
    readRows: (_, shape, __, count) =>
      new Float32Array(shape.slice(1).reduce((product, dim) => product * dim, count)).fill(0.01),
    close: () => undefined,
  }
}

/** Graphs are built in the cases that prepare a whole model. */
function writerOfNothing(): ModelWriter {
  const constants: Record<string, true> = {}
  const writer = {
    graphs: {},
    constants,
    graph: () => Promise.resolve(),
    stage: () => Promise.resolve(),
    constant(name: string) {
      constants[name] = true
      return name
    },
  }
  return writer as unknown as ModelWriter
}
