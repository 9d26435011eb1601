import path from 'node:path'
import type { EngineEvent } from '../../electron/contract/engine.ts'
import { Service } from '../../electron/engine/service.ts'
import type { Pace } from '../../models/common/values.ts'
import { DEFAULT_SAMPLING } from '../../models/common/values.ts'
import type { Bench } from './bench.ts'
import { interleaved, row, speed } from './bench.ts'
import { benchFolder } from './models/files.ts'

const MODEL = path.join(import.meta.dirname, '../../models/default')
const PACES: Readonly<Record<string, Pace | undefined>> = {
  'by hand': undefined,
  'held at 20 tokens a second': { mode: 'hold', atLeast: 20 },
  'quiet, 6 tokens a second and budget 25': { mode: 'quiet', atMost: 6, budget: 25 },
}

/** The processor time that answers take of the time that passes, from the first token to the last. */
export const quiet: Bench = {
  title: 'Processor time of the time that passes, built-in model asked for budget 100 (100 %: one core)',
  async run({ repeats, tokens }) {
    const writer = await Writer.load()
    const contestants = Object.fromEntries(
      Object.entries(PACES).map(([name, pace]) => [name, () => writer.share(pace, tokens)]),
    )
    const samples = await interleaved(contestants, repeats)
    const base = samples['by hand']!
    return Object.entries(samples).map(([name, own]) =>
      row(name, '% of a core', own, own === base ? '' : `1 / ${speed(own, base).toFixed(1)} of by hand`),
    )
  },
}

class Writer {
  readonly service: Service
  private heard: (event: EngineEvent) => void = () => undefined
  private lastId = 0

  private constructor() {
    this.service = new Service((event) => {
      this.heard(event)
    })
  }

  static async load(): Promise<Writer> {
    const writer = new Writer()
    const loaded = writer.next('loaded')
    const cacheFolder = path.join(benchFolder(), 'prepared')
    writer.service.handle({ type: 'load', modelFolder: MODEL, cacheFolder, precision: 'int8', provider: 'cpu' })
    await loaded
    return writer
  }

  /** In percent of one core. */
  async share(pace: Pace | undefined, maxTokens: number): Promise<number> {
    const begun = this.next('tokens')
    this.service.handle({
      type: 'generate',
      id: ++this.lastId,
      turns: [{ role: 'user', content: 'Tell me all about the sea.' }],
      sampling: { ...DEFAULT_SAMPLING, temperature: 0, maxTokens },
      seed: 1,
      budget: 100,
      ...(pace && { pace }),
    })
    await begun
    const [cpu, at] = [process.cpuUsage(), performance.now()]
    await this.next('finished')
    const { user, system } = process.cpuUsage(cpu)
    return (user + system) / 10 / (performance.now() - at)
  }

  private next(type: EngineEvent['type']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.heard = (event) => {
        if (event.type === type) resolve()
        else if ('failure' in event && event.failure) reject(new Error(event.failure.message))
      }
    })
  }
}
