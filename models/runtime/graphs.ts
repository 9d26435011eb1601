import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InferenceSession as Session } from 'onnxruntime-node'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { DepthwiseError } from '../common/errors.ts'
import type { Provider } from '../common/values.ts'
import { CONSTANTS_FILE } from '../plan/layout.ts'
import type { Plan } from '../plan/plan.ts'
import type { PreparedModel } from '../prepare/prepare.ts'

/** How ONNX Runtime is to run. */
export interface RunOptions {
  provider: Provider
  threads: number
  /** Whether threads that wait for work keep their core busy; not by default. */
  spinning?: boolean
}

/** Graphs beside those of the visits, where K/V stay on a device. */
export const GROWTH = 'device.growth'
export const READOUT = 'device.readout'

/** The graphs of one model, loaded: one session a graph, however many visits name it. */
export class LoadedGraphs {
  readonly options: RunOptions
  /** The form for a device, where it is that which was loaded. */
  readonly device: NonNullable<Plan['device']> | null
  /** Inputs and outputs of the form that was loaded, by graph. */
  readonly forms: Plan['graphs']
  private readonly sessions: ReadonlyMap<string, Session>
  private readonly constants: ReadonlyMap<string, Tensor>

  private constructor(
    options: RunOptions,
    device: NonNullable<Plan['device']> | null,
    forms: Plan['graphs'],
    sessions: Map<string, Session>,
    constants: Map<string, Tensor>,
  ) {
    this.options = options
    this.device = device
    this.forms = forms
    this.sessions = sessions
    this.constants = constants
  }

  /** @throws DepthwiseError PROVIDER_UNAVAILABLE where the provider cannot be had, COMPUTE_FAILED otherwise */
  static async load(model: PreparedModel, options: RunOptions): Promise<LoadedGraphs> {
    const sessions = new Map<string, Session>()
    const onCpu = options.provider === 'cpu'
    const { graphs, device: resident } = model.plan
    const device = (!onCpu && resident) || null
    const forms = device ? formsOf(device) : graphs
    for (const [name, { file, outputs }] of Object.entries(forms)) {
      try {
        const staying = device ? outputs.filter((output) => RESIDENT.test(output)) : []
        sessions.set(name, await InferenceSession.create(join(model.folder, file), sessionOptions(options, staying)))
      } catch (cause) {
        await Promise.all([...sessions.values()].map((session) => session.release()))
        throw loadFailure(options.provider, cause)
      }
    }
    return new LoadedGraphs(options, device, forms, sessions, readConstants(model))
  }

  constant(name: string): Tensor {
    return this.constants.get(name)!
  }

  /**
   * @param fetches the outputs that are wanted
   * @throws DepthwiseError COMPUTE_FAILED
   */
  async run(graph: string, feeds: Record<string, Tensor>, fetches: readonly string[]): Promise<Record<string, Tensor>> {
    try {
      return await this.sessions.get(graph)!.run(feeds, fetches)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new DepthwiseError('COMPUTE_FAILED', `The model stopped computing (${this.options.provider}): ${why}`, {
        cause,
        detail: graph,
      })
    }
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await session.release()
  }
}

/** Outputs that stay on the device: the runtime reads the others back. */
const RESIDENT = /^(next_state|present_(key|value)(\.\d+)?)$/

function formsOf({ graphs, growth, readout }: NonNullable<Plan['device']>): Plan['graphs'] {
  return { ...graphs, [GROWTH]: growth, [READOUT]: readout }
}

/** @param resident outputs that stay on the device */
function sessionOptions(
  { provider, threads, spinning = false }: RunOptions,
  resident: readonly string[],
): Session.SessionOptions {
  return {
    ...(resident.length > 0 && {
      preferredOutputLocation: Object.fromEntries(resident.map((name) => [name, 'gpu-buffer' as const])),
    }),
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // every token has other shapes, so a pattern would be planned for each and never used again
    enableMemPattern: false,
    // nor would an arena, which keeps its largest size for ever, gain anything
    enableCpuMemArena: false,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
  }
}

function readConstants({ folder, plan }: PreparedModel): Map<string, Tensor> {
  const bytes = readFileSync(join(folder, CONSTANTS_FILE))
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return new Map(
    Object.entries(plan.constants).map(([name, { dims, offset }]) => {
      const size = dims.reduce((product, dim) => product * dim, 1)
      return [name, new Tensor('float32', values.subarray(offset, offset + size), dims)]
    }),
  )
}

function loadFailure(provider: Provider, cause: unknown): DepthwiseError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (provider === 'cpu') {
    return new DepthwiseError('COMPUTE_FAILED', `The model's graphs cannot be loaded: ${text}`, { cause })
  }
  const why = /adapter/i.test(text) ? 'no adapter found' : text
  return new DepthwiseError('PROVIDER_UNAVAILABLE', `WebGPU: ${why}.`, { cause })
}
