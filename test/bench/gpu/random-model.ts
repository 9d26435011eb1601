import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ModelWriter } from '../../../models/families/build.ts'
import { FAMILIES } from '../../../models/families/index.ts'
import type { Element, StoredTensor } from '../../../models/graphs/builder.ts'
import type { Contents } from '../../../models/graphs/weights.ts'
import { asBytes, WeightWriter } from '../../../models/graphs/weights.ts'
import { DEFAULT_SAMPLING } from '../../../models/common/values.ts'
import type { Precision } from '../../../models/common/values.ts'
import { WEIGHTS_FILE } from '../../../models/plan/layout.ts'
import type { Plan } from '../../../models/plan/plan.ts'
import type { PreparedModel } from '../../../models/prepare/prepare.ts'
import { RandomBits } from '../models/random.ts'
import { AnyTensors } from './shapes.ts'

/** Random codes, written again and again: what they are changes no time. */
const CODES = new RandomBits(7).bytes(1 << 22)
/** Each tensor begins at another of them: the runtime holds equal ones once. */
const SHIFT = 4099

/** Writes codes that mean nothing, and scales that keep numbers small; tables of angles are real. */
class RandomWeights extends WeightWriter {
  /** Of layers, and of the head. */
  readonly bytes = { layers: 0, head: 0 }
  private readonly known = new Set<string>()

  override store(name: string, element: Element, dims: readonly number[], real: Contents): StoredTensor {
    if (name.startsWith('rope.')) return super.store(name, element, dims, real)
    const count = dims.reduce((product, dim) => product * dim, 1)
    const shift = this.known.size * SHIFT
    const stored = super.store(name, element, dims, () => {
      const bytes = element === 'float32' ? asBytes(new Float32Array(count).fill(0.002)) : repeated(count, shift)
      return [{ at: 0, bytes }]
    })
    if (this.known.has(name)) return stored
    this.known.add(name)
    if (/lm_head|embed_tokens\.weight\.q8/.test(name)) this.bytes.head += stored.byteLength
    else if (!name.includes('embed_tokens')) this.bytes.layers += stored.byteLength
    return stored
  }
}

class OneTensors extends AnyTensors {
  override floats(_: string, shape: readonly number[]): Float32Array {
    return new Float32Array(shape.reduce((product, dim) => product * dim, 1)).fill(1)
  }
}

export interface RandomModel {
  model: PreparedModel
  /** Bytes of weights that decode reads for one token at full depth. */
  bytesPerToken: number
  release(): void
}

/** A model of a configuration's size with weights that mean nothing, ready to be loaded. Takes seconds, not minutes. */
export async function randomModel(name: string, config: object, precision: Precision): Promise<RandomModel> {
  const folder = mkdtempSync(path.join(tmpdir(), 'depthwise-random-'))
  const weights = new RandomWeights(path.join(folder, WEIGHTS_FILE))
  const writer = new ModelWriter(folder, precision, false, weights)
  const type = (config as { model_type: string }).model_type
  const built = await FAMILIES.get(type)!.read(config)(new OneTensors(), writer)
  const { policy, budget, endTokens = [], prompts = 'chunks', ...compiled } = built
  if (policy.kind === 'calibration') throw new TypeError('A model of random weights has no calibration.')
  const { layers, head } = weights.bytes
  const resident = await writer.resident(compiled.visits)
  await writer.finish()
  writer.close()
  const plan: Plan = {
    version: 5,
    id: name,
    precision,
    name,
    family: type,
    parameters: 0,
    forms: { host: writer.graphs, ...(resident && { resident }) },
    constants: writer.constants,
    policy,
    prompts,
    budget: { trained: false, effect: null, ...budget },
    endTokens,
    sampling: DEFAULT_SAMPLING,
    ...compiled,
  }
  return {
    model: { folder, plan, precision, source: folder },
    bytesPerToken: layers * compiled.maxDepth + head,
    release: () => {
      rmSync(folder, { recursive: true })
    },
  }
}

function repeated(count: number, shift: number): Uint8Array {
  const all = new Uint8Array(count)
  for (let at = 0; at < count;) {
    const part = CODES.subarray((shift + at) % CODES.length).subarray(0, count - at)
    all.set(part, at)
    at += part.length
  }
  return all
}
