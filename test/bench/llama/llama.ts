import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { CONTEXT } from '../models/shapes.ts'
import { installLlama } from './install.ts'
import type { Answer, Command } from './protocol.ts'

/** llama.cpp with one model, in a process of its own. */
export class Llama {
  /** Of llama.cpp, as it calls it. */
  release = ''
  private readonly child: ChildProcess
  private readonly lines: AsyncIterator<string>

  private constructor(child: ChildProcess) {
    this.child = child
    this.lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  }

  /** @param model a GGUF file */
  static async start(model: string, threads: number): Promise<Llama> {
    const file = path.join(import.meta.dirname, 'child.ts')
    const llama = new Llama(spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] }))
    llama.release = String(await llama.ask({ call: 'load', file: model, threads, context: CONTEXT }))
    return llama
  }

  /** @returns milliseconds */
  async prefill(count: number): Promise<number> {
    return Number(await this.ask({ call: 'prefill', count }))
  }

  /** @returns milliseconds a token */
  async decode(context: number, tokens: number): Promise<number> {
    return Number(await this.ask({ call: 'decode', context, tokens }))
  }

  /** Token ids of a text. */
  async tokenize(text: string): Promise<number[]> {
    return (await this.ask({ call: 'tokenize', text })) as number[]
  }

  /** @returns the loss of every token but the first, in nats */
  async score(ids: number[]): Promise<number[]> {
    return (await this.ask({ call: 'score', ids })) as number[]
  }

  /** @returns at most `count` tokens, each the likeliest, the last of them one that ends an answer */
  async greedy(ids: number[], count: number, ends: number[]): Promise<number[]> {
    return (await this.ask({ call: 'greedy', ids, count, ends })) as number[]
  }

  /** @returns how far a token's logit is above another's behind a prompt */
  async gap(ids: number[], above: number, below: number): Promise<number> {
    return Number(await this.ask({ call: 'gap', ids, above, below }))
  }

  async end(): Promise<void> {
    this.child.stdin!.end()
    if (this.child.exitCode === null) await once(this.child, 'exit')
  }

  private async ask(command: Command): Promise<number | string | number[]> {
    this.child.stdin!.write(`${JSON.stringify(command)}\n`)
    const line = await this.lines.next()
    if (line.done) throw new Error('The process with llama.cpp ended.')
    const answer = JSON.parse(line.value) as Answer
    if ('error' in answer) throw new Error(`llama.cpp: ${answer.error}`)
    return answer.value
  }
}

let missing: string | null | undefined

/** Whether there is a llama.cpp to compare with; says once why not. */
export function hasLlama(): boolean {
  if (missing === undefined) {
    missing = installLlama()
    if (missing !== null) process.stderr.write(`Without llama.cpp: ${missing}.\n`)
  }
  return missing === null
}
