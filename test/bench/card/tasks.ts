import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { BudgetController } from '../../../models/runtime/budget/controller.ts'
import { Decoder } from '../../../models/runtime/decoder.ts'
import { LoadedGraphs } from '../../../models/runtime/graphs.ts'
import { argmax } from '../../../models/runtime/sampling/sampler.ts'
import { sequenceOn } from '../../../models/runtime/backend.ts'
import type { Sequence } from '../../../models/runtime/sequence.ts'
import type { PreparedModel } from '../../../models/prepare/prepare.ts'
import { BUILT_IN } from '../models/files.ts'
import { preparedReal } from '../ours.ts'
import { table } from '../table.ts'

/** A question as models/training/questions.py writes it. */
interface Question {
  task: string
  label: number
  /** Ids of the context and a choice. */
  choices: number[][]
  /** Where each choice begins. */
  starts: number[]
}

/** Tokens that a graph reads at a time. */
const CHUNK = 64
const LAST_WORD = 'lambada'

/**
 * Share of questions that models answer rightly in 8 bits, a table of its own: the choice with the highest mean
 * log-probability of its tokens; of LAMBADA, whether every token of the last word is the likeliest.
 */
export async function tasks(file: string | undefined): Promise<string> {
  if (file === undefined) {
    process.stderr.write('Say which questions to ask: npm run bench -- tasks FILE (models/training/questions.py)\n')
    process.exit(2)
  }
  const questions = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Question)
  const names = [...new Set(questions.map(({ task }) => task))]
  const smollm2 = path.join(process.env.DEPTHWISE_SMOLLM2 ?? '', 'hf')
  const rows: string[][] = []
  if (existsSync(smollm2)) rows.push(await row('SmolLM2-135M-Instruct', smollm2, 1, questions, names))
  for (const share of [0, 0.5, 1])
    rows.push(await row(`built-in, budget ${100 * share}`, BUILT_IN, share, questions, names))
  const counts = names.map((name) => questions.filter(({ task }) => task === name).length)
  return table(['% right', ...names.map((name, i) => `${name} (${counts[i]})`)], rows)
}

async function row(
  label: string,
  folder: string,
  share: number,
  questions: readonly Question[],
  names: readonly string[],
): Promise<string[]> {
  const model = await preparedReal(folder, 'int8')
  const reader = new Reader(model, await LoadedGraphs.load(model, { provider: 'cpu', threads: 1 }), share)
  const right = new Map(names.map((name) => [name, [] as boolean[]]))
  for (const question of questions) right.get(question.task)!.push(await reader.isRight(question))
  await reader.release()
  const shares = [...right.values()].map((all) => all.filter(Boolean).length / all.length)
  return [label, ...shares.map((each) => (100 * each).toFixed(1))]
}

class Reader {
  private readonly model: PreparedModel
  private readonly graphs: LoadedGraphs
  private readonly controller: BudgetController

  constructor(model: PreparedModel, graphs: LoadedGraphs, share: number) {
    this.model = model
    this.graphs = graphs
    this.controller = new BudgetController(model.plan, share)
  }

  async isRight({ task, label, choices, starts }: Question): Promise<boolean> {
    // choices of a question begin with the same context, which is read once
    const common = Math.min(...starts) - 1
    const context = sequenceOn(this.model.plan, this.graphs)
    await this.read(context, choices[0]!.slice(0, common))
    const scores: number[] = []
    for (const [i, ids] of choices.entries()) {
      const sequence = context.fork(common)
      const logits = await this.read(sequence, ids.slice(common, -1))
      const expected = ids.slice(starts[i])
      const own = logits.slice(-expected.length)
      if (task === LAST_WORD) return expected.every((id, k) => argmax(own[k]!) === id)
      scores.push(expected.reduce((sum, id, k) => sum + logProbability(own[k]!, id), 0) / expected.length)
    }
    return argmax(Float32Array.from(scores)) === label
  }

  release(): Promise<void> {
    return this.graphs.release()
  }

  /** @returns logits of every token */
  private async read(sequence: Sequence, ids: readonly number[]): Promise<Float32Array[]> {
    const { vocabSize } = this.model.plan
    const decoder = new Decoder(sequence, this.controller)
    const rows: Float32Array[] = []
    for (let from = 0; from < ids.length; from += CHUNK) {
      const { logits } = await decoder.read(ids.slice(from, from + CHUNK), 'all')
      for (let at = 0; at < logits!.length; at += vocabSize) rows.push(logits!.subarray(at, at + vocabSize))
    }
    return rows
  }
}

function logProbability(logits: Float32Array, id: number): number {
  const peak = logits[argmax(logits)]!
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - peak)
  return logits[id]! - peak - Math.log(sum)
}
