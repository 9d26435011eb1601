import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildApp } from './build.ts'

/**
 * Makes installers for this platform in release/, as electron-builder.yml says. `--electron DIR` takes an unpacked Electron
 * in place of the official download; what follows `--` goes to electron-builder:
 * `npm run package -- --electron DIR -- --linux dir`.
 */
const root = path.join(import.meta.dirname, '../..')
const { values, positionals } = parseArgs({
  options: { electron: { type: 'string' } },
  allowPositionals: true,
})

// Pieces of earlier builds would be packed too
rmSync(path.join(root, 'dist'), { recursive: true, force: true })
await buildApp()
const builder = path.join(root, 'node_modules/electron-builder/cli.js')
const { status } = spawnSync(
  process.execPath,
  [builder, '--publish', 'never', ...given(values.electron), ...positionals],
  { cwd: root, stdio: 'inherit' },
)
process.exit(status ?? 1)

function given(folder: string | undefined): string[] {
  if (folder === undefined) return []
  const version = readFileSync(path.join(folder, 'version'), 'utf8').trim().replace(/^v/, '')
  return [`-c.electronDist=${path.resolve(folder)}`, `-c.electronVersion=${version}`]
}
