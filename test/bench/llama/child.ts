import { createInterface } from 'node:readline'
import type { Answer, Command } from './protocol.ts'
import { tokenAt } from './protocol.ts'

/** The part of node-llama-cpp that is used; it is not there until a bench has brought it. */
interface Llama {
  llamaCppRelease: { release: string }
  loadModel(options: { modelPath: string; gpuLayers: number }): Promise<Model>
}
interface Model {
  tokenize(text: string, specialTokens: false): number[]
  fileInfo: { metadata: { llama: { vocab_size: number } } }
  createContext(options: { contextSize: number; batchSize: number; threads: number }): Promise<{
    getSequence(): Sequence
  }>
  dispose(): Promise<void>
}
interface Sequence {
  nextTokenIndex: number
  eraseContextTokenRanges(ranges: { start: number; end: number }[]): Promise<void>
  controlledEvaluate(
    input: (number | [number, { generateNext: Asked }])[],
  ): Promise<({ next: { logits: Map<number, number>; totalLogitWeight: number } } | undefined)[]>
  evaluate(tokens: number[], options: { temperature: number; yieldEogToken: boolean }): AsyncGenerator<number, void>
}
interface Library {
  getLlama: (options: { gpu: false; build: 'never'; maxThreads: number; logLevel: 'error' }) => Promise<Llama>
}

/** What is to be known of the logits behind a token. */
interface Asked {
  logits: { filter: { tokens: number[]; includeTop: number } }
  totalLogitWeight: true
  options: { temperature: number; topK: number; topP: number; minP: number }
}

const BATCH = 512

const name = 'node-llama-cpp'
const { getLlama } = (await import(name)) as Library

let loaded: { model: Model; sequence: Sequence; vocabulary: number } | null = null

async function answer(command: Command): Promise<number | string | number[]> {
  switch (command.call) {
    case 'load':
      return load(command.file, command.threads, command.context)
    case 'prefill':
      await forget(0)
      return timed(() => read(command.count, 0))
    case 'decode': {
      await extend(command.context)
      const took = await timed(() => write(command.context, command.tokens))
      await forget(command.context)
      return took / command.tokens
    }
    case 'tokenize':
      return loaded!.model.tokenize(command.text, false)
    case 'score':
      return score(command.ids)
    case 'greedy':
      return greedy(command)
    case 'gap': {
      const logits = await logitsBehind(command.ids, [command.above, command.below])
      return logits.get(command.above)! - logits.get(command.below)!
    }
  }
}

async function load(file: string, threads: number, contextSize: number): Promise<string> {
  await loaded?.model.dispose()
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: 'error' })
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 })
  const context = await model.createContext({ contextSize, batchSize: BATCH, threads })
  const vocabulary = model.fileInfo.metadata.llama.vocab_size
  loaded = { model, sequence: context.getSequence(), vocabulary }
  return llama.llamaCppRelease.release
}

/** Reads tokens from place `from` on, up to the choice of the next one. */
async function read(count: number, from: number): Promise<void> {
  const { sequence, vocabulary } = loaded!
  const tokens = Array.from({ length: count }, (_, i) => tokenAt(from + i, vocabulary))
  await sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true }).next()
}

async function write(context: number, tokens: number): Promise<void> {
  const { sequence, vocabulary } = loaded!
  const first = [tokenAt(context, vocabulary)]
  const written = sequence.evaluate(first, { temperature: 0, yieldEogToken: true })
  for (let i = 0; i < tokens; i++) await written.next()
  await written.return(undefined)
}

const asked = (tokens: number[]): { generateNext: Asked } => ({
  generateNext: {
    logits: { filter: { tokens, includeTop: 1 } },
    totalLogitWeight: true,
    // nothing that would change or hide one
    options: { temperature: 1, topK: 0, topP: 1, minP: 0 },
  },
})

async function score(ids: number[]): Promise<number[]> {
  await forget(0)
  const found = await loaded!.sequence.controlledEvaluate(ids.slice(0, -1).map((id, i) => [id, asked([ids[i + 1]!])]))
  return found.map((one, i) => {
    const { logits, totalLogitWeight } = one!.next
    return Math.log(totalLogitWeight) + Math.max(...logits.values()) - logits.get(ids[i + 1]!)!
  })
}

async function greedy({ ids, count, ends }: Extract<Command, { call: 'greedy' }>): Promise<number[]> {
  await forget(0)
  const written: number[] = []
  let next = ids
  while (written.length < count && !ends.includes(written.at(-1) ?? -1)) {
    const logits = await logitsBehind(next, [], false)
    const [id] = [...logits].reduce((a, b) => (b[1] > a[1] ? b : a))
    written.push(id)
    next = [id]
  }
  return written
}

/** Of the likeliest token and some others, behind the last of these. */
async function logitsBehind(ids: number[], tokens: number[], afresh = true): Promise<Map<number, number>> {
  if (afresh) await forget(0)
  const input = ids.map((id, i) =>
    i < ids.length - 1 ? id : ([id, asked(tokens)] as [number, ReturnType<typeof asked>]),
  )
  const found = await loaded!.sequence.controlledEvaluate(input)
  return found[ids.length - 1]!.next.logits
}

async function extend(context: number): Promise<void> {
  await forget(context)
  const { sequence } = loaded!
  if (sequence.nextTokenIndex < context) await read(context - sequence.nextTokenIndex, sequence.nextTokenIndex)
  await forget(context)
}

async function forget(from: number): Promise<void> {
  const { sequence } = loaded!
  if (sequence.nextTokenIndex > from) {
    await sequence.eraseContextTokenRanges([{ start: from, end: sequence.nextTokenIndex }])
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply: Answer
  try {
    reply = { value: await answer(JSON.parse(line) as Command) }
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) }
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}
process.exit(0)
