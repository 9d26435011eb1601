import type { Plan } from '../../../models/plan/plan.ts'
import { prepare } from '../../../models/prepare/prepare.ts'
import type { ProviderChoice } from '../../contract/values.ts'
import type { Probe } from '../../engine/forward.ts'
import { chooseProvider } from '../../engine/providers.ts'
import { argmax } from '../../engine/sampling/sampler.ts'
import { Sequence } from '../../engine/sequence.ts'
import type { Feeding } from './feeding.ts'
import { pieces } from './feeding.ts'

/** A model loaded for comparison: in float32, and with no need of a tokenizer. */
export interface Subject {
  plan: Plan
  sequence(): Sequence
  release(): Promise<void>
}

/** Where prepared models go, and what computes. */
export interface Bench {
  cacheFolder: string
  provider: ProviderChoice
}

/** @param taps whether the graphs give out what happens inside them @throws DepthwiseError as Engine.load */
export async function loadSubject(folder: string, bench: Bench, taps: boolean): Promise<Subject> {
  const model = await prepare(folder, bench.cacheFolder, 'fp32', () => undefined, { chat: false, taps })
  const { graphs } = await chooseProvider(model, bench.provider)
  return { plan: model.plan, sequence: () => new Sequence(model.plan, graphs), release: () => graphs.release() }
}

/** What was seen while the runtime read one input. */
export interface Observed {
  /**
   * By name, [tokens, …]: `logits`, and of a model with taps `embed`, `layer.N` (the stream behind unrolled layer N,
   * counted over all visits), `state.N` (behind visit N) and `norm` (behind the final norm). Where a row passed a visit by, NaN.
   */
  values: Map<string, Float32Array>
  /** Rows in the cache of each layer, in the order of the plan. */
  kvRows: number[]
}

export async function observe(subject: Subject, ids: readonly number[], feeding: Feeding): Promise<Observed> {
  const values = new Map<string, Float32Array>()
  const sequence = subject.sequence()
  const put = (name: string, rows: Iterable<number>, from: Float32Array, count: number): void => {
    const width = from.length / count
    const all = values.get(name) ?? new Float32Array(ids.length * width).fill(NaN)
    let i = 0
    for (const row of rows) all.set(from.subarray(i * width, ++i * width), row * width)
    values.set(name, all)
  }
  const taps = tapsOf(subject.plan)
  for (const part of pieces(ids, feeding)) {
    const start = sequence.length
    const probe: Probe = (visit, rows, output) => {
      for (const [tap, name] of taps[visit]!) {
        put(
          name,
          rows.map((row) => start + row),
          output(tap)!,
          rows.length,
        )
      }
    }
    const { logits } = await sequence.append(part, [], 'all', probe)
    put(
      'logits',
      part.map((_, i) => start + i),
      logits!,
      part.length,
    )
  }
  return { values, kvRows: sequence.kvRows }
}

/** Answers greedily. @returns ids, and the logits [count, V] that each was chosen from */
export async function answer(
  subject: Subject,
  prompt: readonly number[],
  count: number,
): Promise<{ ids: number[]; logits: Float32Array }> {
  const sequence = subject.sequence()
  const ids: number[] = []
  const all = new Float32Array(count * subject.plan.vocabSize)
  for (let next = prompt; ids.length < count; next = [ids.at(-1)!]) {
    const { logits } = await sequence.append(next, [], 'last')
    all.set(logits!, ids.length * subject.plan.vocabSize)
    ids.push(argmax(logits!))
  }
  return { ids, logits: all }
}

/** Per visit: the graph's taps and the names of what they give, layers numbered through. */
function tapsOf(plan: Plan): (readonly [tap: string, name: string])[][] {
  let layers = 0
  return plan.visits.map((visit, index) => {
    const taps = plan.graphs[visit.graph]!.outputs.filter((name) => name.startsWith('tap.'))
    const nameOf = (tap: string): string => {
      if (tap.startsWith('tap.layer.')) return `layer.${layers++}`
      return tap === 'tap.state' ? `state.${index}` : tap.slice('tap.'.length)
    }
    return taps.map((tap) => [tap, nameOf(tap)] as const)
  })
}
