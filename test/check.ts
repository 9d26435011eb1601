import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

/** Every check there is: types, lint, import circles, format, Svelte, dead code, then the tests. `--static` leaves the tests out. */
const root = path.join(import.meta.dirname, '..')
const tool = (name: string): string =>
  path.join(root, 'node_modules/.bin', process.platform === 'win32' ? `${name}.cmd` : name)
/** The folders that hold code. */
const ROOMS = ['electron', 'models', 'renderer', 'test']

type Check = [name: string, command: string, ...args: string[]]
const checks: Check[] = [
  ['types', tool('tsc'), '--project', '.'],
  ['svelte', tool('svelte-check'), '--tsconfig', 'renderer/tsconfig.json', '--fail-on-warnings'],
  ['lint', tool('eslint'), '--max-warnings', '0', '.'],
  ['import circles', tool('depcruise'), '--config', '.dependency-cruiser.mjs', '--', ...ROOMS],
  ['format', tool('prettier'), '--check', '.'],
  ['dead code', tool('knip')],
]

// linting takes as long as all the others together
const [slow, others] = [checks.filter(([name]) => name === 'lint'), checks.filter(([name]) => name !== 'lint')]
const failed = (await Promise.all([slow, others].map(inTurn))).flat()
if (!process.argv.includes('--static')) {
  process.stdout.write('\n── tests\n')
  const { status } = spawnSync(process.execPath, ['test/run.ts'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) failed.push('tests')
}
process.stdout.write(failed.length === 0 ? '\nAll checks passed.\n' : `\nFailed: ${failed.join(', ')}\n`)
process.exit(failed.length === 0 ? 0 : 1)

/** @returns the names of those that failed; each says what it found when it is over */
async function inTurn(lane: readonly Check[]): Promise<string[]> {
  const bad: string[] = []
  for (const [name, command, ...args] of lane) {
    const child = spawn(command, args, { cwd: root, shell: process.platform === 'win32' })
    const said: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => said.push(part))
    const [status] = (await once(child, 'close')) as [number | null]
    process.stdout.write(`\n── ${name}\n${Buffer.concat(said).toString()}`)
    if (status !== 0) bad.push(name)
  }
  return bad
}
