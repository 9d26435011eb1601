import path from 'node:path'
import type { Sampling } from '../../models/common/values.ts'
import { Generation } from '../../models/runtime/generation.ts'
import { LoadedGraphs } from '../../models/runtime/graphs.ts'
import { Sampler } from '../../models/runtime/sampling/sampler.ts'
import { sequenceOn } from '../../models/runtime/backend.ts'
import { deepeningVisit, draft, verify } from '../../models/runtime/speculation/draft.ts'
import { Pacer } from '../../models/runtime/speculation/pacer.ts'
import { Speculation } from '../../models/runtime/speculation/speculation.ts'
import { ModelTokenizer } from '../../models/formats/tokenizer.ts'
import type { PreparedModel } from '../../models/prepare/prepare.ts'
import { prepare } from '../../models/prepare/prepare.ts'
import type { Bench, Row } from './bench.ts'
import { interleaved, median, row, rowsOf } from './bench.ts'
import { benchFolder, TINY } from './models/files.ts'

const QUESTIONS = [
  'What does the word "island" mean?',
  'Tell me a story about a dog.',
  'Start with 3, add 4, take 2 away. What do you get?',
  'Who are you?',
]
const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, maxTokens: 64, stop: [] }
const WAYS = { greedy: GREEDY, sampled: { ...GREEDY, temperature: 0.7, topP: 0.9 } }
const LENGTHS = [2, 4] as const
/** Times that a draft and a check of drafts are measured. */
const MEASURED = 24

type BudgetPolicy = Pick<Pacer, 'length' | 'took'>

/** Answers of the small model at full budget: plain, with so many drafts at a time, and as the pacer decides. */
export const speculation: Bench = {
  title:
    'Self-speculation across depth: the small model at full budget, float32, one thread; *predicted* is (drafts · draft + check) / kept, of what was measured by itself',
  async run({ repeats }) {
    const model = await prepare(TINY, path.join(benchFolder(), 'prepared'), 'fp32')
    const graphs = await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 })
    const tokenizer = new ModelTokenizer(model.source, model.plan.vocabSize)
    const rows: Row[] = []
    for (const [way, sampling] of Object.entries(WAYS)) {
      const costs = await costsOf(model, graphs, sampling)
      const kept: Record<number, { rounds: number; tokens: number }> = {}
      const fixed = (length: number): BudgetPolicy => ({
        length,
        took: (drafts, tokens) => {
          if (drafts !== length) return
          const sum = (kept[length] ??= { rounds: 0, tokens: 0 })
          sum.rounds++
          sum.tokens += tokens
        },
      })
      const answers = (policy: BudgetPolicy | null) => () => written(model, graphs, tokenizer, sampling, policy)
      const pacer = new Pacer()
      const times = await interleaved(
        {
          plain: answers(null),
          ...Object.fromEntries(LENGTHS.map((length) => [`${length} drafts at a time`, answers(fixed(length))])),
          'as the pacer decides': answers(pacer),
        },
        repeats,
      )
      rows.push(...rowsOf(times, 'ms/token', 'plain', `${way}: `))
      for (const length of LENGTHS) {
        const { tokens, rounds } = kept[length]!
        const predicted = (length * costs.draft + costs.check[length]!) / (tokens / rounds)
        const took = median(times[`${length} drafts at a time`]!)
        rows.push(row(`${way}: kept of ${length}`, 'tokens', [tokens / rounds]))
        const against = `${(predicted / took).toFixed(2)} × of it reached`
        rows.push(row(`${way}: ${length} drafts, predicted`, 'ms/token', [predicted], against))
        rows.push(row(`${way}: a check of ${length}`, 'ms', [costs.check[length]!]))
      }
      rows.push(row(`${way}: a draft`, 'ms', [costs.draft]))
    }
    await graphs.release()
    return rows
  },
}

/** Milliseconds a token behind the first, over an answer to every question. */
async function written(
  { plan }: PreparedModel,
  graphs: LoadedGraphs,
  tokenizer: ModelTokenizer,
  sampling: Sampling,
  policy: BudgetPolicy | null,
): Promise<number> {
  let [ms, tokens] = [0, 0]
  for (const content of QUESTIONS) {
    const prompt = tokenizer.encodeChat([{ role: 'user', content }], true)
    const speculation = policy && Speculation.for(plan, () => true, policy)
    const request = { prompt, sampling, seed: 11, budget: 100 }
    const generation = new Generation(plan, sequenceOn(plan, graphs), tokenizer, request, speculation)
    while (!(await generation.prefill()));
    await generation.next()
    const start = performance.now()
    while (await generation.next()) tokens++
    ms += performance.now() - start
  }
  return ms / tokens
}

/** Milliseconds of a draft, and of a check by how many drafts are checked, their tokens drawn. */
async function costsOf(
  { plan }: PreparedModel,
  graphs: LoadedGraphs,
  sampling: Sampling,
): Promise<{ draft: number; check: Record<number, number> }> {
  const sequence = sequenceOn(plan, graphs)
  await sequence.append(
    Array.from({ length: 48 }, (_, i) => i + 10),
    [-Infinity, -Infinity],
    'none',
  )
  const from = deepeningVisit(plan)!
  const sampler = new Sampler(sampling, 1, [])
  const drafts: number[] = []
  const check: Record<number, number> = {}
  for (const length of LENGTHS) {
    const checks: number[] = []
    for (let i = 0; i < MEASURED; i++) {
      const begun = []
      for (let id = 10; begun.length < length; id = sampler.next(begun.at(-1)!.logits)) {
        const start = performance.now()
        begun.push(await draft(plan, from, sequence, id))
        sampler.next(begun.at(-1)!.logits)
        drafts.push(performance.now() - start)
      }
      const start = performance.now()
      const { logits } = await verify(plan, from, sequence, begun)
      for (let row = 0; row < length; row++)
        sampler.next(logits!.subarray(row * plan.vocabSize, (row + 1) * plan.vocabSize))
      checks.push(performance.now() - start)
      sequence.rewind(48)
    }
    check[length] = mean(checks)
  }
  return { draft: mean(drafts), check }
}

/** Of all but the first few, which are spent on warming up. */
function mean(samples: readonly number[]): number {
  const kept = samples.slice(4)
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}
