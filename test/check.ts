import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** Every check there is: types, lint, import circles, format, Svelte, dead code, then the tests. `--static` leaves the tests out. */
const root = path.join(import.meta.dirname, '..')
const tool = (name: string): string =>
  path.join(root, 'node_modules/.bin', process.platform === 'win32' ? `${name}.cmd` : name)
/** The folders that hold code. */
const ROOMS = ['electron', 'models', 'renderer', 'test']

const checks: [name: string, command: string, ...args: string[]][] = [
  ['types', tool('tsc'), '--project', '.'],
  ['svelte', tool('svelte-check'), '--tsconfig', 'renderer/tsconfig.json', '--fail-on-warnings'],
  ['lint', tool('eslint'), '--max-warnings', '0', '.'],
  ['import circles', tool('depcruise'), '--config', '.dependency-cruiser.mjs', '--', ...ROOMS],
  ['format', tool('prettier'), '--check', '.'],
  ['dead code', tool('knip')],
]
if (!process.argv.includes('--static')) checks.push(['tests', process.execPath, 'test/run.ts'])

const failed = checks.filter(([name, command, ...args]) => {
  process.stdout.write(`\n── ${name}\n`)
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status !== 0
})
process.stdout.write(
  failed.length === 0 ? '\nAll checks passed.\n' : `\nFailed: ${failed.map(([name]) => name).join(', ')}\n`,
)
process.exit(failed.length === 0 ? 0 : 1)
