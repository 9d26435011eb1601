import { createInterface } from 'node:readline'
import type { Answer, Command } from './protocol.ts'
import { tokenAt } from './protocol.ts'

/** The part of node-llama-cpp that is used; it is not there until a bench has brought it. */
interface Llama {
  llamaCppRelease: { release: string }
  loadModel(options: { modelPath: string; gpuLayers: number }): Promise<Model>
}
interface Model {
  fileInfo: { metadata: { llama: { vocab_size: number } } }
  createContext(options: { contextSize: number; batchSize: number; threads: number }): Promise<{
    getSequence(): Sequence
  }>
  dispose(): Promise<void>
}
interface Sequence {
  nextTokenIndex: number
  eraseContextTokenRanges(ranges: { start: number; end: number }[]): Promise<void>
  evaluate(tokens: number[], options: { temperature: number; yieldEogToken: boolean }): AsyncGenerator<number, void>
}
interface Library {
  getLlama: (options: { gpu: false; build: 'never'; maxThreads: number; logLevel: 'error' }) => Promise<Llama>
}

const BATCH = 512

const name = 'node-llama-cpp'
const { getLlama } = (await import(name)) as Library

let loaded: { model: Model; sequence: Sequence; vocabulary: number } | null = null

async function answer(command: Command): Promise<number | string> {
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
