import { spawnSync } from 'node:child_process'
import path from 'node:path'

/**
 * Says which dependencies are behind and whether one has a known vulnerability. Fails where one is behind for no reason
 * that is written here, or vulnerable. `--audit` leaves out what is only behind. A registry that gives no answer is told,
 * and fails nothing: a machine without a network has its tests all the same.
 */
const KEPT_BACK: Record<string, string> = {
  electron: 'tests drive the newest binary that the npm registry has, 42.0.0; releases should take the same',
  node: 'Electron 42 has Node 24, and what is tested is what is released',
  '@types/node': 'as node',
  typescript: 'typescript-eslint and svelte-check take TypeScript 6 at most',
}

interface Behind {
  current: string
  latest: string
}

interface Advisory {
  name: string
  severity: string
}

const root = path.join(import.meta.dirname, '..')
const complaints = process.argv.includes('--audit') ? vulnerable() : [...behind(), ...vulnerable()]
for (const line of complaints) process.stdout.write(`${line}\n`)
process.exit(complaints.length > 0 ? 1 : 0)

function behind(): string[] {
  const answer = npm('outdated') as Record<string, Behind> | null
  if (answer === null) return []
  return Object.entries(answer).flatMap(([name, { current, latest }]) => {
    const reason = KEPT_BACK[name]
    if (reason !== undefined) process.stdout.write(`${name} stays at ${current}, not ${latest}: ${reason}\n`)
    return reason === undefined ? [`${name} is at ${current}, and ${latest} is out`] : []
  })
}

function vulnerable(): string[] {
  const answer = npm('audit') as { vulnerabilities?: Record<string, Advisory> } | null
  if (!answer?.vulnerabilities) {
    process.stdout.write('The registry does not tell of vulnerabilities here.\n')
    return []
  }
  return Object.values(answer.vulnerabilities).map(({ name, severity }) => `${name} has a vulnerability: ${severity}`)
}

function npm(command: 'audit' | 'outdated'): unknown {
  const { stdout } = spawnSync('npm', [command, '--json'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  try {
    return JSON.parse(stdout || '{}')
  } catch {
    return null
  }
}
