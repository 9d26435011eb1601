// The plain-Node first step of every npm script: brings the dependencies, then goes on under the Node of node_modules.
// Usage: node electron/launch/run.mjs SCRIPT [ARGUMENTS]
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, statSync } from 'node:fs'
import path from 'node:path'
import { exitCode, startFollowed } from './signals.mjs'

const root = path.join(import.meta.dirname, '../..')
const modules = path.join(root, 'node_modules')
const node = path.join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** npm writes this file at the end of every installation. */
const installed = path.join(modules, '.package-lock.json')

function isInstalled() {
  if (!existsSync(installed) || !existsSync(node)) return false
  return statSync(installed).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs
}

function install() {
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
    process.stderr.write('Depthwise: node_modules is a link, and npm ci would empty what it points to; run it there.\n')
    process.exit(1)
  }
  process.stderr.write('Depthwise: installing its dependencies (once) …\n')
  const environment = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', ELECTRON_SKIP_BINARY_DOWNLOAD: '1' }
  const options = { cwd: root, env: environment, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' }
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], options)
  if (result.status !== 0) {
    process.stderr.write('Depthwise: the dependencies could not be installed; see the messages of npm above.\n')
    process.exit(1)
  }
}

const [script, ...rest] = process.argv.slice(2)
if (!isInstalled()) install()

const environment = {
  // large pages for weights: a twentieth less time a token where they are read from memory; glibc asks for none itself
  // and gives back what was freed of them: its own threshold rises with what it has seen, so that comparing threads at the
  // first load of Ouro-1.4B left 2.9 GB resident rather than 1.8, with 1.6 at the second
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1048576',
  ...process.env,
  PATH: [path.join(modules, '.bin'), process.env.PATH].join(path.delimiter),
}
const { child } = startFollowed(() =>
  spawn(node, [path.join(root, script), ...rest], { stdio: 'inherit', env: environment }),
)
child.on('exit', (code, signal) => process.exit(exitCode(code, signal)))
