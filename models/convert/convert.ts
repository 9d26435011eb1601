import { existsSync, lstatSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { DepthwiseError } from '../common/errors.ts'
import { copyPart } from '../formats/file.ts'
import { NORM_NAMES } from '../families/llama.ts'
import { PARTS } from '../families/llama-parts.ts'
import type { Part } from '../graphs/matrix.ts'
import type { Matrix } from '../graphs/matrix.ts'
import { readWhole } from '../graphs/matrix.ts'
import { TOKENIZER_FILES, writable } from '../prepare/folder.ts'
import { besideFolder, needSpace } from '../prepare/partial.ts'
import type { DenseModel } from './dense-model.ts'
import { openDense } from './dense-model.ts'
import type { Initialisation } from './initialisation.ts'
import { denseLayersOf } from './initialisation.ts'
import { dot } from './products.ts'
import type { Sharing } from './recursive-form.ts'
import { moduleOf, prefixOf, RecursiveForm } from './recursive-form.ts'
import { SafetensorsWriter } from './safetensors-writer.ts'
import { truncatedSvd } from './truncated-svd.ts'

/** What goes along with a model, where it has it. */
const COMPANIONS = [
  ...TOKENIZER_FILES,
  'special_tokens_map.json',
  'chat_template.jinja',
  'generation_config.json',
  'starters.json',
  'LICENSE',
]

export interface Conversion {
  recursions: number
  sharing: Sharing
  initialisation: Initialisation
  /** Of the adapters at each place of a shared layer; 0: none. */
  rank: number
}

/** How far one dense matrix W is from what takes its place: W' shared, or W' + B·A. Frobenius norms. */
export interface Difference {
  matrix: string
  /** ‖W − W'‖ / ‖W‖ */
  shared: number
  /** ‖W − W' − B·A‖ / ‖W − W'‖; 1 without adapters, NaN where W' is W. */
  left: number
}

export interface Outcome {
  layers: number
  /** Layers that are stored once and run in every recursion. */
  sharedLayers: number
  /** For each of them the dense layers whose mean it was made of. */
  madeOf: number[][]
  parametersBefore: number
  parametersAfter: number
  differences: Difference[]
}

export interface Watch {
  /** Told the share done, 0 to 1. */
  progress?: (fraction: number) => void
  /** Ends the conversion between two matrices; nothing is left behind. */
  signal?: AbortSignal | undefined
}

/**
 * Turns a dense Llama into a Recursive Transformer, or with adapters into a Relaxed one (arXiv 2410.20672), without any
 * training: shared layers are made of dense ones, adapters are the truncated singular value decomposition of what the
 * shared matrix lacks at each place. Every place keeps the norms of its dense layer, so that at full rank the model is
 * the dense one. Weights are written as float32, each shared one once. One matrix is in memory at a time.
 * Atomic: `target` appears complete or not at all.
 * @throws DepthwiseError BAD_ARGUMENT where `target` is there or the numbers do not fit, MODEL_*, CACHE_UNWRITABLE, NO_SPACE
 */
export async function convert(
  source: string,
  target: string,
  conversion: Conversion,
  { progress = () => undefined, signal }: Watch = {},
): Promise<Outcome> {
  if (lstatSync(target, { throwIfNoEntry: false })) {
    throw new DepthwiseError('BAD_ARGUMENT', `There is something at ${target} already.`, { detail: target })
  }
  const dense = openDense(source)
  try {
    const form = new RecursiveForm(dense, conversion.recursions, conversion.sharing, conversion.rank)
    const madeOf = denseLayersOf(conversion.initialisation, form.tied)
    return await besideFolder(target, async (partial) => {
      const tensors = form.tensors()
      const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0)
      needSpace(partial, 4 * parameters)
      const writer = new SafetensorsWriter(path.join(partial, 'model.safetensors'), tensors)
      let differences
      try {
        writeOutside(dense, form, writer)
        differences = await writeShared(dense, form, madeOf, writer, { progress, signal })
        writer.finish()
      } finally {
        writer.close()
      }
      writable(target, () => {
        writeFileSync(
          path.join(partial, 'config.json'),
          JSON.stringify(configOf(dense, form, conversion, madeOf), null, 2),
        )
        for (const file of COMPANIONS) {
          if (existsSync(path.join(source, file))) copyPart(path.join(source, file), partial, 'MODEL_CONFIG')
        }
        renameSync(partial, target)
      })
      return {
        layers: dense.layers.length,
        sharedLayers: form.tied.length,
        madeOf,
        parametersBefore: dense.parameters,
        parametersAfter: parameters,
        differences,
      }
    })
  } finally {
    dense.close()
  }
}

function configOf(dense: DenseModel, form: RecursiveForm, conversion: Conversion, madeOf: number[][]): unknown {
  const { initialisation, rank } = conversion
  return {
    model_type: form.family,
    ...(dense.endTokens != null && { eos_token_id: dense.endTokens }),
    ...form.config,
    converted_from: { model_type: 'llama', initialisation, lora_rank: rank, shared_layers_made_of: madeOf },
  }
}

/** Everything that is taken over as it is: embedding, head, norms and the layers that are not shared. */
function writeOutside(dense: DenseModel, form: RecursiveForm, writer: SafetensorsWriter): void {
  writer.write('model.embed_tokens.weight', readWhole(dense.table))
  if (dense.head) writer.write('lm_head.weight', readWhole(dense.head))
  writer.write('model.norm.weight', dense.norm)
  dense.layers.forEach(({ norms }, i) => {
    for (const leaf of ['attentionNorm', 'mlpNorm'] as const) {
      writer.write(`${prefixOf(i)}.${NORM_NAMES[leaf]}`, norms[leaf])
    }
  })
  for (const place of form.alone) {
    for (const part of PARTS) writer.write(form.matrixName(place, part), readWhole(dense.layers[place]!.matrices[part]))
  }
}

async function writeShared(
  dense: DenseModel,
  form: RecursiveForm,
  madeOf: readonly (readonly number[])[],
  writer: SafetensorsWriter,
  { progress, signal }: Required<Pick<Watch, 'progress'>> & Watch,
): Promise<Difference[]> {
  const differences: Difference[] = []
  const count = form.tied.flat().length * PARTS.length
  for (const [i, places] of form.tied.entries()) {
    for (const part of PARTS) {
      const shared = mean(madeOf[i]!.map((layer) => dense.layers[layer]!.matrices[part]))
      writer.write(form.matrixName(places[0]!, part), shared)
      for (const place of places) {
        await setImmediate()
        signal?.throwIfAborted()
        differences.push(relax(dense.layers[place]!.matrices[part], shared, form, place, part, writer))
        progress(differences.length / count)
      }
    }
  }
  return differences
}

/** Writes the adapters of one matrix at one place, where there are any. */
function relax(
  matrix: Matrix,
  shared: Float32Array,
  form: RecursiveForm,
  place: number,
  part: Part,
  writer: SafetensorsWriter,
): Difference {
  const values = Float64Array.from(readWhole(matrix))
  const size = norm(values)
  const difference = values.map((value, i) => value - shared[i]!)
  const distance = norm(difference)
  const far = { matrix: moduleOf(place, part), shared: distance === 0 ? 0 : distance / size }
  const rank = form.rankOf(part)
  if (rank === 0) return { ...far, left: distance === 0 ? NaN : 1 }
  const { a, b, left } = truncatedSvd(difference, matrix.rows, matrix.cols, rank)
  const names = form.adapterNames(place, part)
  writer.write(names.a, a)
  writer.write(names.b, b)
  return { ...far, left: left / distance }
}

function mean(matrices: readonly Matrix[]): Float32Array {
  if (matrices.length === 1) return readWhole(matrices[0]!)
  const sum = Float64Array.from(readWhole(matrices[0]!))
  for (const matrix of matrices.slice(1)) readWhole(matrix).forEach((value, i) => (sum[i]! += value))
  return Float32Array.from(sum, (value) => value / matrices.length)
}

function norm(values: Float64Array): number {
  return Math.sqrt(dot(values, values))
}
