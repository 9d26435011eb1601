import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import * as v from 'valibot'

/** A GGUF file that another program keeps. */
export interface GgufFile {
  file: string
  name: string
  bytes: number
  /** Whose it is. */
  from: 'LM Studio' | 'Ollama'
}

interface Places {
  lmStudio: string
  ollama: readonly string[]
}

const places = (): Places => ({
  lmStudio: path.join(homedir(), '.lmstudio', 'models'),
  ollama: [process.env.OLLAMA_MODELS || path.join(homedir(), '.ollama', 'models'), '/usr/share/ollama/.ollama/models'],
})

/** GGUF files of LM Studio (`PUBLISHER/MODEL/FILE.gguf`) and of Ollama (manifests that name blobs). */
export function findGguf({ lmStudio, ollama }: Places = places()): GgufFile[] {
  return [...ofLmStudio(lmStudio), ...ollama.flatMap(ofOllama)]
}

function ofLmStudio(root: string): GgufFile[] {
  return foldersIn(root)
    .flatMap(foldersIn)
    .flatMap((folder) =>
      filesIn(folder)
        // a projector for images, and the later parts of a file in several
        .filter((file) => /\.gguf$/i.test(file) && !/mmproj|-000(?!01)\d{2}-of-/i.test(path.basename(file)))
        .flatMap((file) => known(file, path.basename(file, path.extname(file)), 'LM Studio')),
    )
}

const ManifestSchema = v.looseObject({
  layers: v.array(v.looseObject({ mediaType: v.string(), digest: v.string() })),
})

/** manifests/HOST/OWNER/NAME/TAG is JSON with the digest of the model's blob. */
function ofOllama(root: string): GgufFile[] {
  return foldersIn(path.join(root, 'manifests'))
    .flatMap(foldersIn)
    .flatMap(foldersIn)
    .flatMap((model) =>
      filesIn(model).flatMap((manifest) => {
        const digest = digestIn(manifest)
        const name = `${path.basename(model)}:${path.basename(manifest)}`
        return digest === null ? [] : known(path.join(root, 'blobs', digest.replace(':', '-')), name, 'Ollama')
      }),
    )
}

function digestIn(manifest: string): string | null {
  try {
    const { layers } = v.parse(ManifestSchema, JSON.parse(readFileSync(manifest, 'utf8')))
    const digest = layers.find(({ mediaType }) => mediaType === 'application/vnd.ollama.image.model')?.digest
    return digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : null
  } catch {
    return null
  }
}

function known(file: string, name: string, from: GgufFile['from']): GgufFile[] {
  const found = statSync(file, { throwIfNoEntry: false })
  return found?.isFile() ? [{ file, name, bytes: found.size, from }] : []
}

const foldersIn = (folder: string): string[] => entriesIn(folder, true)
const filesIn = (folder: string): string[] => entriesIn(folder, false)

function entriesIn(folder: string, folders: boolean): string[] {
  try {
    if (!existsSync(folder)) return []
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => (folders ? entry.isDirectory() : entry.isFile()))
      .map(({ name }) => path.join(folder, name))
      .toSorted()
  } catch {
    return []
  }
}
