import type { CallParams } from '../contract/calls.ts'
import type { Curve, Tuning } from '../contract/tuning.ts'
import type { TUNING_CALLS } from '../contract/tuning.ts'
import type { Failure } from '../../models/common/errors.ts'
import { DepthwiseError } from '../../models/common/errors.ts'
import type { CurveKey, Curves } from '../history/curves.ts'
import type { Clients } from './clients.ts'
import type { Handlers } from './dispatcher.ts'
import type { Supervisor, TuningEvent } from './supervisor.ts'
import { TUNING_OWN_TEXT } from './tuning-text.ts'

interface TuningParts {
  curves: Curves
  clients: Pick<Clients, 'announce'>
  engine: Pick<Supervisor, 'send' | 'status'>
  /** Of the library: id of the model that answers. */
  modelId: () => string
}

interface Run {
  request: number
  key: CurveKey
  told: NonNullable<Tuning['measuring']>
}

/** What was measured of the loaded model along the budget, and the measurement under way. */
export class TuningHost {
  private readonly parts: TuningParts
  private run: Run | null = null
  private failure: Failure | null = null
  private lastRequest = 0

  constructor(parts: TuningParts) {
    this.parts = parts
  }

  read(): Tuning {
    const key = this.key()
    return {
      measuring: this.run?.told ?? null,
      curve: key && this.parts.curves.read(key),
      failure: this.failure,
    }
  }

  /** @throws DepthwiseError ENGINE_NOT_READY, BUSY, BAD_ARGUMENT */
  start({ text }: CallParams<'tuning.start'>): void {
    const { engine } = this.parts
    const key = this.key()
    if (!key)
      throw new DepthwiseError('ENGINE_NOT_READY', 'There is no model to measure yet. Wait until one is loaded.')
    if (this.run) throw new DepthwiseError('BUSY', 'A measurement is under way already.')
    const { minDepth, maxDepth, budget } = engine.status.model!
    if (minDepth === maxDepth || !budget.adjustable)
      throw new DepthwiseError(
        'BAD_ARGUMENT',
        'The budget decides about nothing in this model: there is nothing to tune.',
      )
    const request = ++this.lastRequest
    this.run = { request, key, told: { text: text?.name ?? null, progress: 0, paused: false, points: [] } }
    this.failure = null
    engine.send({ type: 'tune', request, text: text?.content ?? TUNING_OWN_TEXT })
    this.tell()
  }

  /** Its end is told by the engine. */
  stop(): void {
    if (this.run) this.parts.engine.send({ type: 'stopTuning', request: this.run.request })
  }

  receive(event: TuningEvent): void {
    const { run } = this
    if (event.request !== run?.request) return
    if (event.type === 'tuning') {
      const { progress, paused, points } = event
      run.told = { ...run.told, progress, paused, points }
    } else {
      this.end(event.points, event.failure)
    }
    this.tell()
  }

  /** The process went away: what was told last is what there is. */
  engineGone(): void {
    if (!this.run) return
    this.end([], {
      code: 'ENGINE_STOPPED',
      message: 'The engine went away while it measured. Start the measurement again.',
    })
    this.tell()
  }

  /** Another model may be there now. */
  engineReady(): void {
    if (!this.run) this.failure = null
    this.tell()
  }

  /** All of a model that is there no more. */
  forget(modelId: string): void {
    this.parts.curves.forget(modelId)
    if (this.run?.key.modelId !== modelId) return
    this.stop()
    this.run = null
  }

  private end(points: Curve['points'], failure: Failure | null): void {
    const { key, told } = this.run!
    this.run = null
    this.failure = failure
    if (points.length === 0) return
    const { device, precision } = key
    this.parts.curves.write(key, { device, precision, text: told.text, at: Date.now(), points })
  }

  private key(): CurveKey | null {
    const { phase, model, device } = this.parts.engine.status
    if (phase !== 'ready' || !model || !device) return null
    return { modelId: this.parts.modelId(), weights: model.id, device: device.provider, precision: model.precision }
  }

  private tell(): void {
    this.parts.clients.announce('tuning.changed', this.read())
  }
}

/** The calls about measuring. */
export function tuningHandlers(tuning: TuningHost): Pick<Handlers, keyof typeof TUNING_CALLS> {
  return {
    'tuning.read': () => tuning.read(),
    'tuning.start': (params) => {
      tuning.start(params)
      return null
    },
    'tuning.stop': () => {
      tuning.stop()
      return null
    },
  }
}
