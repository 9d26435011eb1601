import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface AppFiles {
  engine: string
  renderer: string
  preload: string
  builtInModel: string
  version: string
}

/**
 * The app's own files, seen from a module of it, as source or bundled into `dist/`. In a packaged app all but the model
 * are in an archive. DEPTHWISE_MODEL puts another model folder in the place of the built-in one.
 */
export function appFiles(module: ImportMeta): AppFiles {
  let root = module.dirname
  while (!existsSync(path.join(root, 'package.json')) && root !== path.dirname(root)) root = path.dirname(root)
  const isSource = module.filename.endsWith('.ts')
  const unpacked = root.endsWith('.asar') ? path.dirname(root) : root
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  return {
    engine: isSource ? path.join(root, 'electron', 'engine', 'process.ts') : path.join(root, 'dist', 'engine.js'),
    renderer: path.join(root, 'dist', 'renderer'),
    preload: path.join(root, 'dist', 'preload.cjs'),
    builtInModel: path.resolve(process.env.DEPTHWISE_MODEL || path.join(unpacked, 'models', 'default')),
    version,
  }
}
