import * as v from 'valibot'
import { DepthwiseError } from '../common/errors.ts'
import type { Asking, HubClient } from './client.ts'
import type { HubFile } from './listing.ts'

const WHOLE = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
/** What a model folder consists of beside its weights; the card and the licence go along. */
const WANTED = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'calibration.json',
  'starters.json',
  'README.md',
])
const LICENCE = /^(licen[cs]e|notice|use_policy)(\.(md|txt))?$/i
const SHARD = /^[A-Za-z0-9_-][A-Za-z0-9._-]*\.safetensors$/
/** Plain HTTP serves no larger file (huggingface_hub, MAX_HTTP_DOWNLOAD_SIZE). */
const MOST_BYTES = 50_000_000_000

const IndexSchema = v.looseObject({ weight_map: v.record(v.string(), v.pipe(v.string(), v.regex(SHARD))) })

/**
 * The files of a repository that the model needs: none of its twins in other formats, none in folders.
 * @throws DepthwiseError MODEL_UNSUPPORTED, MODEL_NOT_FOUND, MODEL_WEIGHTS where it is no model that can be opened; HUB_*
 */
export async function chooseFiles(
  hub: HubClient,
  { name, commit }: { name: string; commit: string },
  all: readonly HubFile[],
  asking: Asking,
): Promise<HubFile[]> {
  const at = new Map(all.map((file) => [file.path, file]))
  const config = at.get('config.json')
  if (!config) throw whyNoModel(all)
  const small = all.filter(({ path }) => WANTED.has(path) || LICENCE.test(path))
  const whole = at.get(WHOLE)
  const weights = whole ? [whole] : await shards(hub, { name, commit }, at, asking)
  if (weights.length === 0) throw whyNoModel(all)
  const large = weights.find(({ size }) => size > MOST_BYTES)
  if (large) {
    throw new DepthwiseError(
      'MODEL_UNSUPPORTED',
      `${large.path} is larger than the 50 GB that the Hub gives out in one piece.`,
    )
  }
  // the largest last: what is small shows soon whether the rest is worth it
  return [...small, ...weights]
}

async function shards(
  hub: HubClient,
  { name, commit }: { name: string; commit: string },
  at: ReadonlyMap<string, HubFile>,
  asking: Asking,
): Promise<HubFile[]> {
  const index = at.get(INDEX)
  if (!index) return []
  const parsed = v.safeParse(IndexSchema, parse(await hub.file(name, commit, INDEX, asking)))
  if (!parsed.success) throw new DepthwiseError('MODEL_WEIGHTS', `${INDEX} of ${name} cannot be read.`)
  const names = [...new Set(Object.values(parsed.output.weight_map))].toSorted()
  return [
    index,
    ...names.map((shard) => {
      const file = at.get(shard)
      if (!file)
        throw new DepthwiseError('MODEL_WEIGHTS', `${name} lacks ${shard}, which its index names.`, { detail: shard })
      return file
    }),
  ]
}

function whyNoModel(all: readonly HubFile[]): DepthwiseError {
  const has = (pattern: RegExp): boolean => all.some(({ path }) => pattern.test(path))
  if (has(/\.gguf$/i) && !has(/\.safetensors$/)) {
    return new DepthwiseError(
      'MODEL_UNSUPPORTED',
      'This repository holds GGUF files only. Download one, and add the file.',
    )
  }
  if (has(/\.(bin|pt|pth)$/) && !has(/\.safetensors$/)) {
    return new DepthwiseError(
      'MODEL_UNSUPPORTED',
      'The weights in this repository are in a format that can run code when it is read (.bin): Depthwise reads safetensors.',
    )
  }
  if (!has(/^config\.json$/)) {
    return new DepthwiseError(
      'MODEL_UNSUPPORTED',
      'This repository has no config.json: it is no language model, or a part of one.',
    )
  }
  return new DepthwiseError('MODEL_UNSUPPORTED', `This repository has no ${WHOLE} (and no ${INDEX}).`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
