import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { InferenceSession as Session } from 'onnxruntime-node'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { DepthwiseError } from '../common/errors.ts'
import type { Provider } from '../common/values.ts'
import { CONSTANTS_FILE, WEIGHTS_FILE } from '../plan/layout.ts'
import type { Graphs } from '../plan/plan.ts'
import { PORT } from '../plan/ports.ts'
import type { PreparedModel } from '../prepare/prepare.ts'

/** How ONNX Runtime is to run. */
export interface RunOptions {
  provider: Provider
  threads: number
  /** Whether threads that wait for work keep their core busy; not by default. */
  spinning?: boolean
  /** WebGPU: whether every call is checked by the browser's rules; by default it is. */
  validation?: boolean
  /** Where ONNX Runtime writes what every node and kernel took, a file a graph; not by default. */
  profile?: string
}

/** The graphs of one model, loaded: one session a graph, however many visits name it. */
export class LoadedGraphs {
  readonly options: RunOptions
  /** Whether K/V and registers stay on a device. */
  readonly isResident: boolean
  /** Inputs and outputs of the form that was loaded, by graph. */
  readonly form: Graphs
  /** Bytes of the weight file. */
  readonly weightBytes: number
  private readonly sessions: ReadonlyMap<string, Session>
  private readonly constants: ReadonlyMap<string, Tensor>

  private constructor(
    options: RunOptions,
    isResident: boolean,
    form: Graphs,
    weightBytes: number,
    sessions: Map<string, Session>,
    constants: Map<string, Tensor>,
  ) {
    this.options = options
    this.isResident = isResident
    this.form = form
    this.weightBytes = weightBytes
    this.sessions = sessions
    this.constants = constants
  }

  /** @throws DepthwiseError PROVIDER_UNAVAILABLE where the provider cannot be had, COMPUTE_FAILED otherwise */
  static async load(model: PreparedModel, options: RunOptions): Promise<LoadedGraphs> {
    const sessions = new Map<string, Session>()
    const { host, resident } = model.plan.forms
    const isResident = options.provider !== 'cpu' && resident !== undefined
    const form = isResident ? resident.graphs : host
    for (const [name, { file, inputs, outputs }] of Object.entries(form)) {
      try {
        const session = await InferenceSession.create(path.join(model.folder, file), sessionOptions(options, name))
        sessions.set(name, session)
        expectPorts(name, [...inputs, ...outputs], [...session.inputNames, ...session.outputNames])
      } catch (cause) {
        await Promise.all([...sessions.values()].map((session) => session.release()))
        throw cause instanceof DepthwiseError ? cause : loadFailure(options.provider, cause)
      }
    }
    return new LoadedGraphs(options, isResident, form, weightBytes(model), sessions, readConstants(model))
  }

  constant(name: string): Tensor {
    return this.constants.get(name)!
  }

  /**
   * @param fetches the outputs that are wanted: those with a tensor are written there, the others come back
   * @throws DepthwiseError COMPUTE_FAILED
   */
  async run(
    graph: string,
    feeds: Record<string, Tensor>,
    fetches: Readonly<Record<string, Tensor | null>>,
  ): Promise<Record<string, Tensor>> {
    try {
      return await this.sessions.get(graph)!.run(feeds, fetches)
    } catch (cause) {
      throw runFailure(this.options.provider, graph, cause)
    }
  }

  /** Ends what `profile` asked for. */
  endProfiling(): void {
    for (const session of this.sessions.values()) session.endProfiling()
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await session.release()
  }
}

/** @throws DepthwiseError MODEL_CONFIG where a plan names inputs or outputs that its graph has not */
function expectPorts(graph: string, named: readonly string[], there: readonly string[]): void {
  const port = named.find((name) => !there.includes(name))
  if (port === undefined) return
  const [quoted, of] = [port, graph].map((name) => JSON.stringify(name.slice(0, 100)))
  throw new DepthwiseError('MODEL_CONFIG', `plan.json names ${quoted}, which its graph ${of} lacks.`, { detail: graph })
}

/** Graphs whose only output is a new tensor on the device; those of other graphs are bound to memory that is there already. */
const MAKERS = new Set(['allocate', 'index', 'grow', 'copy'])

function sessionOptions(
  { provider, threads, spinning = false, validation = true, profile }: RunOptions,
  graph: string,
): Session.SessionOptions {
  return {
    ...(MAKERS.has(graph) && { preferredOutputLocation: { [PORT.taken]: 'gpu-buffer' } }),
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: path.join(profile, `${graph}_`) }),
    executionProviders: [
      provider === 'webgpu' ? { name: provider, validationMode: validation ? 'basic' : 'disabled' } : provider,
    ],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // every token has other shapes, so a pattern would be planned for each and never used again
    enableMemPattern: false,
    // nor would an arena, which keeps its largest size for ever, gain anything
    enableCpuMemArena: false,
    logSeverityLevel: 3,
    // a recursive model runs several graphs a token: threads of one that still wait would keep the next from the cores
    extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' }, force_spinning_stop: '1' } },
  }
}

/** Bytes of a prepared model's weight file. */
export function weightBytes({ folder }: Pick<PreparedModel, 'folder'>): number {
  return statSync(path.join(folder, WEIGHTS_FILE)).size
}

function readConstants({ folder, plan }: PreparedModel): Map<string, Tensor> {
  const bytes = readFileSync(path.join(folder, CONSTANTS_FILE))
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return new Map(
    Object.entries(plan.constants).map(([name, { dims, offset }]) => {
      const size = dims.reduce((product, dim) => product * dim, 1)
      return [name, new Tensor('float32', values.subarray(offset, offset + size), dims)]
    }),
  )
}

function runFailure(provider: Provider, graph: string, cause: unknown): DepthwiseError {
  const text = cause instanceof Error ? cause.message : String(cause)
  const why = /maxStorageBuffersPerShaderStage/.test(text)
    ? 'this graphics adapter binds fewer buffers to a shader than the model needs; choose the CPU in the settings.'
    : text
  return new DepthwiseError('COMPUTE_FAILED', `The model stopped computing (${provider}): ${why}`, {
    cause,
    detail: graph,
  })
}

function loadFailure(provider: Provider, cause: unknown): DepthwiseError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (provider === 'cpu') {
    return new DepthwiseError('COMPUTE_FAILED', `The model's graphs cannot be loaded: ${text}`, { cause })
  }
  const why = /adapter/i.test(text) ? 'no adapter found' : text
  return new DepthwiseError('PROVIDER_UNAVAILABLE', `WebGPU: ${why}.`, { cause })
}
