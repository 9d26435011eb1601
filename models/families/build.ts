import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Precision } from '../common/values.ts'
import { GraphBuilder } from '../graphs/builder.ts'
import type { AttentionShape } from '../graphs/attention.ts'
import type { Target } from '../graphs/linear.ts'
import { buildFill, buildProbe, fitsDevice } from '../graphs/resident-attention.ts'
import { RESIDENT_TOOLS } from '../graphs/resident-tools.ts'
import { asBytes, WeightWriter } from '../graphs/weights.ts'
import { CONSTANTS_FILE, WEIGHTS_FILE } from '../plan/layout.ts'
import type { Graphs, Plan, ResidentForm, Visit } from '../plan/plan.ts'
import { fillForm, readingForm, tapPort } from '../plan/ports.ts'

type Build = (target: Target) => void

interface Described {
  /** Of its attention; null where it has none. */
  shape: AttentionShape | null
  /** Whether visits of it differ in whether rows write K/V. */
  selective: boolean
  /** Whether it has a form in which K/V stay on a device. */
  resident: boolean
  build: Build
}

/** What a family's compiler writes into: graphs, their common weight file, and the constants that visits bind. */
export class ModelWriter {
  readonly graphs: Graphs = {}
  readonly constants: Plan['constants'] = {}
  private readonly described = new Map<string, Described>()
  private readonly folder: string
  private readonly precision: Precision
  private readonly taps: boolean
  private readonly weights: WeightWriter
  private readonly values: Float32Array[] = []
  private constantCount = 0

  /** @param taps whether graphs give out what references record inside them */
  constructor(
    folder: string,
    precision: Precision,
    taps = false,
    weights = new WeightWriter(path.join(folder, WEIGHTS_FILE)),
  ) {
    this.folder = folder
    this.precision = precision
    this.taps = taps
    this.weights = weights
  }

  /** Builds one graph in the host's form and writes it; lets waiting messages through first. */
  async graph(
    name: string,
    { shape = null, selective = false, resident = true }: Partial<Omit<Described, 'build'>>,
    build: Build,
  ): Promise<void> {
    await setImmediate()
    this.described.set(name, { shape, selective, resident, build })
    this.graphs[name] = this.form(name, build, { form: 'host', writes: selective ? 'chosen' : 'always' })
  }

  /** The graphs once more, over the same weights, for a device that keeps K/V in its memory; null where attention does not fit one. */
  async resident(visits: readonly Visit[]): Promise<ResidentForm | null> {
    const described = [...this.described]
    const shape = described.find(([, { shape }]) => shape)?.[1].shape
    if (this.taps || !shape || described.some(([, one]) => !one.resident || (one.shape && !fitsDevice(one.shape))))
      return null
    const form: ResidentForm = { graphs: {}, indexed: {} }
    for (const [name, { selective, build }] of described) {
      await setImmediate()
      form.graphs[name] = this.form(`${name}.resident`, build, { form: 'resident', writes: 'always' }, form)
      if (!selective) continue
      const reading = readingForm(name)
      form.graphs[reading] = this.form(`${reading}.resident`, build, { form: 'resident', writes: 'never' }, form)
    }
    for (const [name, build] of Object.entries(RESIDENT_TOOLS)) form.graphs[name] = this.write(name, build)
    form.graphs.probe = this.write('probe', (graph) => {
      buildProbe(graph, shape)
    })
    for (const layers of new Set(visits.flatMap(({ cache }) => (cache?.missing ? [cache.slots.length] : [])))) {
      form.graphs[fillForm(layers)] = this.write(fillForm(layers), (graph) => {
        buildFill(graph, shape, layers)
      })
    }
    return form
  }

  /** A float32 tensor that visits hand to a graph; one that is there by this name is not written again. */
  constant(name: string, dims: number[], values: Float32Array): string {
    if (name in this.constants) return name
    this.constants[name] = { dims, offset: this.constantCount }
    this.values.push(values)
    this.constantCount += values.length
    return name
  }

  private form(
    name: string,
    build: Build,
    kind: Pick<Target, 'form' | 'writes'>,
    resident?: ResidentForm,
  ): Graphs[string] {
    const indexed = (graph: GraphBuilder): Target['indexed'] => {
      return (input, index, values) => {
        const constants = values.map((one, i) => this.constant(`${input}.${i}`, [one.length], one))
        resident!.indexed[input] = { index, constants }
        return graph.input(input, 'float32', [values[0]!.length])
      }
    }
    return this.write(name, (graph) => {
      const tap: Target['tap'] = (name, dims, value) => {
        if (this.taps) graph.output(value(), tapPort(name), 'float32', dims)
      }
      build({ graph, weights: this.weights, precision: this.precision, ...kind, tap, indexed: indexed(graph) })
    })
  }

  private write(name: string, build: (graph: GraphBuilder) => void): Graphs[string] {
    const graph = new GraphBuilder(name, WEIGHTS_FILE)
    build(graph)
    const file = `${name}.onnx`
    writeFileSync(path.join(this.folder, file), graph.encode(), { flag: 'wx' })
    return { file, ...graph.names() }
  }

  /** Bytes of what `finish` writes. */
  get byteLength(): number {
    return this.weights.byteLength + 4 * this.constantCount
  }

  /** Reads the tensors that the graphs name and writes them, and the constants. @throws DepthwiseError MODEL_WEIGHTS */
  async finish(): Promise<void> {
    await this.weights.write()
    const fd = openSync(path.join(this.folder, CONSTANTS_FILE), 'wx')
    try {
      for (const values of this.values) writeWhole(fd, asBytes(values))
    } finally {
      closeSync(fd)
    }
  }

  close(): void {
    this.weights.close()
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;) done += writeSync(fd, bytes, done)
}
