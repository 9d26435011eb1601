import { DepthwiseError, toFailure } from '../../models/common/errors.ts'
import type { Repository } from '../../models/hub/address.ts'
import type { HubClient } from '../../models/hub/client.ts'
import type { DownloadNews } from '../../models/hub/download.ts'
import { download } from '../../models/hub/download.ts'
import { discard, partialsIn, sizeOfPartial } from '../../models/hub/partial.ts'
import type { Download } from '../contract/models.ts'
import { Rate } from './rate.ts'

/** Progress is told this often, in milliseconds. */
const TELL_MS = 250

interface Job {
  id: number
  repository: Repository
  state: Download
  rate: Rate
  stop: AbortController | null
  /** Settles when nothing of it runs any more. */
  running: Promise<void>
  /** Set while progress waits to be told. */
  telling: NodeJS.Timeout | undefined
}

export interface DownloadsOptions {
  /** Folder of all downloads. */
  models: string
  /** @throws DepthwiseError where the Hub may not be asked */
  hub: (repository: string) => HubClient
  onProgress: (download: Download) => void
  /** One began, ended or went away. */
  onChanged: () => void
}

/** Downloads under way, paused and failed; those that an earlier start of the app left behind are paused. */
export class Downloads {
  private readonly options: DownloadsOptions
  private readonly jobs = new Map<number, Job>()
  private nextId = 1

  constructor(options: DownloadsOptions) {
    this.options = options
    for (const { repository, commit, files } of partialsIn(options.models)) {
      const job = this.add({ name: repository, revision: commit })
      const total = files.reduce((sum, { size }) => sum + size, 0)
      const bytes = sizeOfPartial(options.models, repository, commit)
      Object.assign(job.state, { phase: 'paused', revision: commit, total, bytes })
    }
  }

  list(): Download[] {
    return [...this.jobs.values()].map(({ state }) => ({ ...state }))
  }

  /** @throws DepthwiseError BUSY where the repository is being downloaded, and as `hub` */
  start(repository: Repository): Download {
    const under = [...this.jobs.values()].find(({ repository: { name } }) => name === repository.name)
    if (under?.stop) {
      throw new DepthwiseError('BUSY', `${repository.name} is being downloaded already.`, { detail: repository.name })
    }
    const goesOn = under && (repository.revision === null || repository.revision === under.state.revision)
    const job = goesOn ? under : this.add(repository)
    this.run(job)
    this.options.onChanged()
    return { ...job.state }
  }

  pause(id: number): void {
    this.get(id).stop?.abort()
  }

  /** @throws DepthwiseError NOT_FOUND, and as `hub` */
  resume(id: number): void {
    const job = this.get(id)
    if (!job.stop) this.run(job)
    this.options.onChanged()
  }

  /** Also removes what has arrived. @throws DepthwiseError NOT_FOUND, BUSY, CACHE_UNWRITABLE */
  async cancel(id: number): Promise<void> {
    const job = this.get(id)
    job.stop?.abort()
    await job.running
    if (job.state.phase === 'done') return
    if (job.state.revision !== null) discard(this.options.models, job.repository.name, job.state.revision)
    this.jobs.delete(id)
    this.options.onChanged()
  }

  /** All are paused, as the app ends. */
  async close(): Promise<void> {
    const all = [...this.jobs.values()]
    for (const { stop } of all) stop?.abort()
    await Promise.all(all.map(({ running }) => running))
  }

  private add(repository: Repository): Job {
    const job: Job = {
      id: this.nextId++,
      repository,
      state: {
        id: 0,
        repository: repository.name,
        revision: null,
        phase: 'listing',
        bytes: 0,
        total: null,
        bytesPerSecond: null,
        secondsLeft: null,
        waiting: null,
        failure: null,
        modelId: null,
      },
      rate: new Rate(),
      stop: null,
      running: Promise.resolve(),
      telling: undefined,
    }
    job.state.id = job.id
    this.jobs.set(job.id, job)
    return job
  }

  private run(job: Job): void {
    const hub = this.options.hub(job.repository.name)
    const stop = new AbortController()
    job.stop = stop
    job.rate.reset()
    Object.assign(job.state, { phase: 'listing', failure: null, waiting: null })
    const { name } = job.repository
    // a commit that is begun is gone on with, wherever its branch is by now
    const revision = job.state.revision ?? job.repository.revision
    job.running = download(
      hub,
      { name, revision },
      {
        models: this.options.models,
        signal: stop.signal,
        tell: (news) => {
          this.hear(job, news)
        },
      },
    ).then(
      () => {
        this.end(job, { phase: 'done', modelId: `hub:${name}@${job.state.revision ?? ''}` })
        this.jobs.delete(job.id)
        this.options.onChanged()
      },
      (error: unknown) => {
        const failure = toFailure(error)
        const isPaused = failure.code === 'CANCELLED'
        this.end(job, isPaused ? { phase: 'paused' } : { phase: 'failed', failure })
        this.options.onChanged()
      },
    )
  }

  private hear(job: Job, { phase, commit, bytes, total, waiting }: DownloadNews): void {
    const isNews = phase !== job.state.phase || waiting !== job.state.waiting
    job.rate.add(bytes)
    const perSecond = waiting === null && phase === 'downloading' ? job.rate.perSecond : null
    Object.assign(job.state, {
      phase,
      revision: commit ?? job.state.revision,
      bytes,
      total,
      waiting,
      bytesPerSecond: perSecond,
      secondsLeft: perSecond && total !== null ? Math.ceil((total - bytes) / perSecond) : null,
    })
    if (isNews) this.tell(job)
    else
      job.telling ??= setTimeout(() => {
        this.tell(job)
      }, TELL_MS)
  }

  private end(job: Job, how: Partial<Download>): void {
    job.stop = null
    Object.assign(job.state, { waiting: null, bytesPerSecond: null, secondsLeft: null }, how)
    this.tell(job)
  }

  private tell(job: Job): void {
    clearTimeout(job.telling)
    job.telling = undefined
    this.options.onProgress({ ...job.state })
  }

  private get(id: number): Job {
    const job = this.jobs.get(id)
    if (job) return job
    throw new DepthwiseError('NOT_FOUND', 'There is no such download any more.', { detail: String(id) })
  }
}
