import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { buildApp } from './build.ts'

/**
 * Makes installers for this platform in release/, as electron-builder.yml says. Arguments go to electron-builder:
 * `npm run package -- --linux dir`.
 */
const root = path.join(import.meta.dirname, '../..')

// Pieces of earlier builds would be packed too
rmSync(path.join(root, 'dist'), { recursive: true, force: true })
await buildApp()
const builder = path.join(root, 'node_modules/electron-builder/cli.js')
const { status } = spawnSync(process.execPath, [builder, '--publish', 'never', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
