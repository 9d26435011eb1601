import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Precision } from '../common/values.ts'
import { concatenate } from '../formats/floats.ts'
import { GraphBuilder } from '../graphs/builder.ts'
import type { AttentionShape } from '../graphs/attention.ts'
import { buildGrowth, buildReadout, fitsDevice } from '../graphs/device-attention.ts'
import type { Form, Target } from '../graphs/linear.ts'
import { asBytes, WeightWriter } from '../graphs/weights.ts'
import { CONSTANTS_FILE, WEIGHTS_FILE } from '../plan/layout.ts'
import type { Plan } from '../plan/plan.ts'

/** What a family's compiler writes into: graphs, their common weight file, and the constants that visits bind. */
export class ModelWriter {
  readonly graphs: Plan['graphs'] = {}
  readonly constants: Plan['constants'] = {}
  private readonly onDevice: Plan['graphs'] = {}
  private readonly folder: string
  private readonly precision: Precision
  private readonly taps: boolean
  private readonly weights: WeightWriter
  private readonly values: Float32Array[] = []
  private constantCount = 0

  /** @param taps whether graphs give out what references record inside them */
  constructor(folder: string, precision: Precision, taps = false) {
    this.folder = folder
    this.precision = precision
    this.taps = taps
    this.weights = new WeightWriter(join(folder, WEIGHTS_FILE))
  }

  /** Builds one graph and writes it; lets waiting messages through first. */
  async graph(name: string, build: (target: Target) => void): Promise<void> {
    await setImmediate()
    this.graphs[name] = this.form(name, build, 'host')
  }

  /** A graph that can be built for a device too, where its attention fits one; the two share their weights. */
  async stage(name: string, shape: AttentionShape, build: (target: Target) => void): Promise<void> {
    await this.graph(name, build)
    if (fitsDevice(shape) && !this.taps) this.onDevice[name] = this.form(`${name}.device`, build, 'device')
  }

  /** The forms for a device, where every graph has one; writes what they need besides. */
  device(): Plan['device'] {
    if (Object.keys(this.graphs).some((name) => !(name in this.onDevice))) return undefined
    return {
      graphs: this.onDevice,
      growth: this.write('growth.device', buildGrowth),
      readout: this.write('readout.device', buildReadout),
    }
  }

  /** A float32 tensor that visits hand to a graph; one that is there by this name is not written again. */
  constant(name: string, dims: number[], values: Float32Array): string {
    if (name in this.constants) return name
    this.constants[name] = { dims, offset: this.constantCount }
    this.values.push(values)
    this.constantCount += values.length
    return name
  }

  private form(name: string, build: (target: Target) => void, form: Form): Plan['graphs'][string] {
    return this.write(name, (graph) => {
      const tap: Target['tap'] = (name, dims, value) => {
        if (this.taps) graph.output(value(), `tap.${name}`, 'float32', dims)
      }
      build({ graph, weights: this.weights, precision: this.precision, form, tap })
    })
  }

  private write(name: string, build: (graph: GraphBuilder) => void): Plan['graphs'][string] {
    const graph = new GraphBuilder(name, WEIGHTS_FILE)
    build(graph)
    const file = `${name}.onnx`
    writeFileSync(join(this.folder, file), graph.encode(), { flag: 'wx' })
    return { file, ...graph.names() }
  }

  close(): void {
    this.weights.close()
    writeFileSync(join(this.folder, CONSTANTS_FILE), asBytes(concatenate(this.values)), { flag: 'wx' })
  }
}
