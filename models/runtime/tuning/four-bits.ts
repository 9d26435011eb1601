import type { PreparedModel } from '../../prepare/prepare.ts'
import { prepare } from '../../prepare/prepare.ts'
import type { Precision } from '../../common/values.ts'
import { threadsToBeginWith } from './cpu.ts'
import { LoadedGraphs, weightBytes } from '../graphs.ts'
import type { LoadRequest } from '../load-request.ts'
import type { FourBits } from './tuning-store.ts'
import { recallFourBits, rememberFourBits } from './tuning-store.ts'
import { SpeedTrial } from './speed-trial.ts'
import { mayHaveAdapter } from './vulkan.ts'

/** Share of a token's time that 4 bits must save to be worth what they cost in loss. */
const WORTH = 0.1
/** Turns of each, of which the fastest counts: a busy moment of the machine meets both. */
const ROUNDS = 4

export interface ChosenPrecision {
  precision: Precision
  /** Why it is not the one asked for; empty where it is. */
  reason: string
}

/**
 * The precision asked for; but 8 bits in place of 4 where these save less than a tenth of a token's time on the CPU,
 * which is measured once for a model and machine. Where a GPU may compute, 4 bits are taken at their word.
 * @param progress of preparing, 0 to 1
 * @throws DepthwiseError MODEL_*, CACHE_UNWRITABLE, COMPUTE_FAILED
 */
export async function worthwhilePrecision(
  { modelFolder, cacheFolder, precision, provider, signal }: LoadRequest,
  progress: (fraction: number) => void,
): Promise<ChosenPrecision> {
  const onCpu = provider === 'cpu' || (provider === 'auto' && !mayHaveAdapter())
  if (precision !== 'int4' || !onCpu) return { precision, reason: '' }
  const half = (from: number) => (fraction: number) => {
    progress(from + fraction / 2)
  }
  const four = await prepare(modelFolder, cacheFolder, 'int4', half(0), { chat: false, signal })
  // an imported folder has the precision that it was imported at
  if (four.folder === modelFolder) return { precision, reason: '' }
  const eight = await prepare(modelFolder, cacheFolder, 'int8', half(0.5), { chat: false, signal })
  if (weightBytes(four) === weightBytes(eight)) {
    return { precision: 'int8', reason: 'The model stores its weights in 4 bits; they run as they are.' }
  }
  const { gain } = recallFourBits(four.folder) ?? (await measured(four, eight))
  if (gain >= WORTH) return { precision, reason: '' }
  const told = gain > 0.005 ? `only ${Math.round(100 * gain)} % of a token's time` : 'no time'
  return { precision: 'int8', reason: `8 bits rather than 4, which save ${told} here.` }
}

/** Compares the two, and remembers what was found. */
async function measured(four: PreparedModel, eight: PreparedModel): Promise<FourBits> {
  const load = (model: PreparedModel): Promise<LoadedGraphs> =>
    LoadedGraphs.load(model, { provider: 'cpu', threads: threadsToBeginWith(model) })
  const graphs = [await load(four), await load(eight)] as const
  try {
    const [quick, slow] = [new SpeedTrial(four, graphs[0]), new SpeedTrial(eight, graphs[1])]
    let [least4, least8] = [Infinity, Infinity]
    for (let round = 0; round < ROUNDS; round++) {
      least4 = Math.min(least4, await quick.time())
      least8 = Math.min(least8, await slow.time())
    }
    const gain = Number.isFinite(least4) && Number.isFinite(least8) ? 1 - least4 / least8 : 0
    rememberFourBits(four.folder, { gain })
    return { gain }
  } finally {
    for (const each of graphs) await each.release()
  }
}
