import { rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Failure } from '../common/errors.ts'
import { DepthwiseError } from '../common/errors.ts'
import { isModelFile } from '../formats/model-source.ts'
import { scanHubCache } from '../hub/cache.ts'
import { originsIn } from '../hub/partial.ts'
import type { Description } from './describe.ts'
import type { DescribedFolder } from './folder.ts'
import { describeFolder } from './folder.ts'
import { describeGguf } from './gguf.ts'
import { findGguf } from './gguf-places.ts'
import { LibraryMemory } from './memory-file.ts'

export type Origin = 'built-in' | 'folder' | 'hub' | 'hub-cache' | 'gguf'

/** A model of this machine. */
export interface Model extends Description {
  /** `built-in`, `hub:ORG/NAME@COMMIT`, `hub-cache:ORG/NAME@COMMIT`, `folder:PATH` or `gguf:PATH`. */
  id: string
  origin: Origin
  /** Its folder; the file, of a GGUF. */
  folder: string
  repository: string | null
  revision: string | null
  bytesOnDisk: number
  problem: Failure | null
  /** What `remove` does. */
  removal: 'downloaded' | 'added' | 'none'
}

export const BUILT_IN = 'built-in'

export interface LibraryPlaces {
  dataFolder: string
  builtInModel: string
  /** Default: where the Hugging Face tools, LM Studio and Ollama have theirs. */
  hubCache?: string
  gguf?: Parameters<typeof findGguf>[0]
}

/** The models of this machine: the built-in one, what was downloaded and added, and what other programs have. */
export class ModelLibrary {
  readonly memory: LibraryMemory
  /** Where downloads go. */
  readonly downloads: string
  private readonly places: LibraryPlaces
  /** Folders as they were described, while their files stay as they are. */
  private readonly described = new Map<string, { stamp: string; of: DescribedFolder }>()

  constructor(places: LibraryPlaces) {
    this.places = places
    this.memory = new LibraryMemory(places.dataFolder)
    this.downloads = path.join(places.dataFolder, 'models')
  }

  /** The built-in one first, then by name. */
  models(): Model[] {
    const { builtInModel } = this.places
    const isFile = isModelFile(builtInModel)
    const builtIn = isFile ? this.gguf(builtInModel, nameOfFile(builtInModel)) : this.describe(builtInModel)
    const downloaded = originsIn(this.downloads).map(({ folder, origin }) => this.fromHub('hub', folder, origin))
    const added = this.memory.read().added.map((place) => this.added(place))
    const own = { id: BUILT_IN, origin: 'built-in', folder: builtInModel, repository: null } as const
    return [{ ...builtIn, ...own, revision: null, removal: 'none' }, ...[...downloaded, ...added].toSorted(byName)]
  }

  /** What other programs keep on this machine and could be used where it lies, unless it was added. */
  found(): Model[] {
    const cached = scanHubCache(this.places.hubCache)
      .map(({ repository, commit, folder }) => this.fromHub('hub-cache', folder, { repository, commit, licence: null }))
      // a cache is full of models of other kinds
      .filter(({ problem }) => problem?.code !== 'MODEL_UNSUPPORTED')
    const added = new Set(this.memory.read().added)
    const files = findGguf(this.places.gguf)
      .filter(({ file }) => !added.has(file))
      .map(({ file, name, from }) => {
        const model = this.gguf(file, name)
        return { ...model, notes: [`${from} keeps it.`, ...model.notes], removal: 'none' as const }
      })
    return [...cached, ...files].toSorted(byName)
  }

  /** @throws DepthwiseError MODEL_NOT_FOUND */
  get(id: string): Model {
    const model = this.models().find((each) => each.id === id) ?? this.found().find((each) => each.id === id)
    if (model) return model
    throw new DepthwiseError('MODEL_NOT_FOUND', 'This model is not on this machine any more.', { detail: id })
  }

  /** The model in this folder, which may be one that was never added. */
  at(folder: string): Model {
    const isHere = (model: Model): boolean => model.folder === folder
    return this.models().find(isHere) ?? this.found().find(isHere) ?? this.added(folder)
  }

  /** Adds a folder or a GGUF file. @throws DepthwiseError MODEL_NOT_FOUND, and the model's own problem */
  add(place: string): Model {
    const full = path.resolve(place)
    const known = this.models().find(({ folder }) => folder === full)
    if (known) return known
    const found = statSync(full, { throwIfNoEntry: false })
    if (!found?.isDirectory() && !found?.isFile()) {
      throw new DepthwiseError(
        'MODEL_NOT_FOUND',
        'There is no model: give a folder with a config.json in it, or a GGUF file.',
        { detail: full },
      )
    }
    const model = this.added(full)
    if (model.problem) throw problemError(model.problem)
    this.memory.add(full)
    return model
  }

  /** Removes a download from the disk, forgets an added folder. @throws DepthwiseError BAD_ARGUMENT where it may do neither, CACHE_UNWRITABLE */
  remove(model: Model): void {
    switch (model.removal) {
      case 'added':
        this.memory.forget(model.folder)
        return
      case 'downloaded':
        this.removeDownload(model.folder)
        return
      case 'none':
        throw new DepthwiseError(
          'BAD_ARGUMENT',
          model.origin === 'built-in'
            ? 'The built-in model belongs to the app and cannot be deleted.'
            : 'This model belongs to another program. Delete it there.',
          { detail: model.id },
        )
    }
  }

  private removeDownload(folder: string): void {
    const inside = path.relative(this.downloads, folder)
    if (inside === '' || inside.startsWith('..') || inside.includes(path.sep)) {
      throw new DepthwiseError('BAD_ARGUMENT', 'This folder is none that Depthwise downloaded.', { detail: folder })
    }
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch (cause) {
      throw new DepthwiseError('CACHE_UNWRITABLE', 'The model could not be deleted.', { detail: folder, cause })
    }
  }

  private added(place: string): Model {
    if (statSync(place, { throwIfNoEntry: false })?.isFile() || /\.gguf$/i.test(place)) {
      return { ...this.gguf(place, nameOfFile(place)), removal: 'added' }
    }
    return {
      ...this.describe(place),
      id: `folder:${place}`,
      origin: 'folder',
      folder: place,
      repository: null,
      revision: null,
      removal: 'added',
    }
  }

  private gguf(file: string, name: string): Omit<Model, 'removal'> {
    const own = { id: `gguf:${file}`, origin: 'gguf', folder: file, repository: null, revision: null } as const
    return { ...this.whileUnchanged(file, [file], () => describeGguf(file, name)), ...own }
  }

  private describe(folder: string, name?: string, licence?: string | null): DescribedFolder {
    const files = ['config.json', 'plan.json', 'tokenizer_config.json'].map((file) => path.join(folder, file))
    return this.whileUnchanged(folder, [folder, ...files], () => describeFolder(folder, name, licence))
  }

  private whileUnchanged(place: string, files: readonly string[], describe: () => DescribedFolder): DescribedFolder {
    const stamp = files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join(' ')
    const known = this.described.get(place)
    if (known?.stamp === stamp) return known.of
    const of = describe()
    this.described.set(place, { stamp, of })
    return of
  }

  private fromHub(
    origin: 'hub' | 'hub-cache',
    folder: string,
    { repository, commit, licence }: { repository: string; commit: string; licence: string | null },
  ): Model {
    return {
      ...this.describe(folder, repository.slice(repository.indexOf('/') + 1), licence),
      id: `${origin}:${repository}@${commit}`,
      origin,
      folder,
      repository,
      revision: commit,
      removal: origin === 'hub' ? 'downloaded' : 'none',
    }
  }
}

const nameOfFile = (file: string): string => path.basename(file).replace(/\.gguf$/i, '')

function problemError({ code, message, detail }: Failure): DepthwiseError {
  return new DepthwiseError(code, message, detail === undefined ? {} : { detail })
}

const byName = (a: Model, b: Model): number => a.name.localeCompare(b.name) || a.id.localeCompare(b.id)
