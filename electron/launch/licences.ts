import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Plugin } from 'vite'

/** A package that is part of the app. */
export interface Licensed {
  name: string
  version: string
  /** As its package.json says; empty where it does not. */
  licence: string
  /** What its files about licences say. */
  text: string
}

/** What `virtual:licences` exports. */
export interface Licences {
  packages: Licensed[]
  /** The licence of Depthwise itself. */
  own: string
  /** Credits of the built-in model, in Markdown. */
  model: string
}

interface Manifest {
  name: string
  version: string
  license?: string | { type?: string }
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const NAME = 'virtual:licences'
const ABOUT_LICENCES = /^(licen[cs]e|copying|notice|third.?party.?notices)/i
/** Not bundled, but what the app runs in. */
const RUNTIME = ['electron']

const read = (file: string): string => readFileSync(file, 'utf8')
const manifestIn = (folder: string): Manifest => JSON.parse(read(path.join(folder, 'package.json'))) as Manifest

/** Every package that the app is made of or runs on, with its licence: what it depends on, and what the page imports. */
export function licencesOf(root: string): Licences {
  const { dependencies = {} } = manifestIn(root)
  const found = new Map<string, Licensed>()
  for (const name of [...Object.keys(dependencies), ...importsOfPage(root)]) collect(name, root, root, found)
  for (const name of RUNTIME) add(path.join(root, 'node_modules', name), found)
  const packages = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    packages,
    own: read(path.join(root, 'LICENSE')),
    model: read(path.join(root, 'models/default/CREDITS.md')),
  }
}

/** Gives the page the module `virtual:licences`, made of what is in node_modules now. */
export function licences(root: string): Plugin {
  return {
    name: 'licences',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(licencesOf(root))}` : null),
  }
}

/** Names of the packages that the renderer's files import. */
function importsOfPage(root: string): Set<string> {
  const names = new Set<string>()
  for (const file of globSync('renderer/**/*.{ts,svelte,css}', { cwd: root })) {
    for (const [, name = ''] of read(path.join(root, file)).matchAll(
      /(?:from|import) ['"]((?:@[\w.-]+\/)?[a-z][\w.-]*)[/'"]/g,
    ))
      if (existsSync(path.join(root, 'node_modules', name, 'package.json'))) names.add(name)
  }
  return names
}

/** `name` as a file in `from` would find it, and all that it depends on. */
function collect(name: string, from: string, root: string, found: Map<string, Licensed>): void {
  const folder = folderOf(name, from, root)
  // of another platform
  if (folder === null || !add(folder, found)) return
  const { dependencies = {}, optionalDependencies = {} } = manifestIn(folder)
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) collect(needed, folder, root, found)
}

function folderOf(name: string, from: string, root: string): string | null {
  for (let place = from; ; place = path.dirname(place)) {
    const folder = path.join(place, 'node_modules', name)
    if (existsSync(path.join(folder, 'package.json'))) return folder
    if (place === root || place === path.dirname(place)) return null
  }
}

/** @returns whether it was new */
function add(folder: string, found: Map<string, Licensed>): boolean {
  const { name, version, license = '' } = manifestIn(folder)
  const key = `${name}@${version}`
  if (found.has(key)) return false
  const files = readdirSync(folder).filter((file) => ABOUT_LICENCES.test(file) && !/\.(js|ts)$/.test(file))
  found.set(key, {
    name,
    version,
    licence: typeof license === 'string' ? license : (license.type ?? ''),
    text: files.map((file) => read(path.join(folder, file)).trim()).join('\n\n'),
  })
  return true
}
