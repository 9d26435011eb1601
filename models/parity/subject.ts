import { existsSync } from 'node:fs'
import path from 'node:path'
import type { ProviderChoice } from '../common/values.ts'
import { ModelTokenizer } from '../formats/tokenizer.ts'
import type { Plan } from '../plan/plan.ts'
import { prepare } from '../prepare/prepare.ts'
import { LoadedGraphs } from '../runtime/graphs.ts'
import { sequenceOn } from '../runtime/backend.ts'
import type { Sequence } from '../runtime/sequence.ts'
import { chooseProvider } from '../runtime/tuning/providers.ts'
import type { Feeding } from './feeding.ts'
import type { Reading } from './reading.ts'

/** A model loaded for comparison, in float32; small ones have no tokenizer. */
export interface Subject {
  plan: Plan
  tokenizer: ModelTokenizer | null
  sequence(): Sequence
  release(): Promise<void>
}

/** Where prepared models go, and what computes. */
export interface Bench {
  cacheFolder: string
  provider: ProviderChoice
  /** How inputs are handed over; without it, in every way. */
  feedings?: readonly Feeding[]
}

/**
 * @param taps whether the graphs give out what happens inside them
 * @param onDevice whether K/V and the state may stay on a device: then registers cannot be read behind every visit
 * @throws DepthwiseError as Engine.load
 */
export async function loadSubject(
  folder: string,
  bench: Bench,
  taps: boolean,
  settings: Reading['settings'] = {},
  onDevice = false,
): Promise<Subject> {
  const model = await prepare(folder, bench.cacheFolder, 'fp32', () => undefined, { chat: false, taps, settings })
  if (!onDevice) delete model.plan.forms.resident
  // what is computed once needs no search for the fastest threads
  const graphs =
    bench.provider === 'cpu'
      ? await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
      : (await chooseProvider(model, bench.provider)).graphs
  const { plan } = model
  return {
    plan,
    tokenizer: existsSync(path.join(folder, 'tokenizer.json')) ? new ModelTokenizer(folder, plan.vocabSize) : null,
    sequence: () => sequenceOn(plan, graphs),
    release: () => graphs.release(),
  }
}

/** A model as the app runs it, and with taps where these are wanted. */
export interface Pair {
  plain: Subject
  tapped: Subject | null
}

/** A model under one setting at a time, loaded when it is asked for. */
export class Subjects {
  private readonly folder: string
  private readonly bench: Bench
  private readonly taps: boolean
  private settings: string | null = null
  private plain: Subject | null = null
  private tapped: Subject | null = null

  /** @param taps whether comparisons look inside graphs and behind every visit */
  constructor(folder: string, bench: Bench, taps: boolean) {
    this.folder = folder
    this.bench = bench
    this.taps = taps
  }

  /** @param inside whether taps are wanted, where there are any @throws DepthwiseError as loadSubject */
  async of(settings: Reading['settings'], inside: boolean): Promise<Pair> {
    const key = JSON.stringify(settings ?? {})
    if (key !== this.settings) await this.release()
    this.settings = key
    this.plain ??= await loadSubject(this.folder, this.bench, false, settings, !this.taps)
    if (inside && this.taps) this.tapped ??= await loadSubject(this.folder, this.bench, true, settings)
    return { plain: this.plain, tapped: inside ? this.tapped : null }
  }

  async release(): Promise<void> {
    await this.plain?.release()
    await this.tapped?.release()
    this.plain = null
    this.tapped = null
  }
}
