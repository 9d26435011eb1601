import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findTools } from '../tools.ts'
import { machineToolset } from './toolset.ts'

/**
 * Makes AppImage, deb and tar.gz of a given Electron with what the machine has, says how large they are, and drives each as
 * it would be installed. Usage: npm run package:formats [-- FORMAT …]
 */
const root = path.join(import.meta.dirname, '../..')
const release = path.join(root, 'release')
const { electron, display } = findTools()
if (!electron || !display) throw new Error('needs an unpacked Electron and a display: bash .ci/install')

const work = mkdtempSync(path.join(tmpdir(), 'depthwise-formats-'))
try {
  rmSync(release, { recursive: true, force: true })
  const packaging = path.join(root, 'electron/launch/package.ts')
  const wanted = process.argv.slice(2)
  const targets = wanted.length > 0 ? wanted : ['AppImage', 'deb', 'tar.gz']
  execFileSync(process.execPath, [packaging, '--electron', path.dirname(electron), '--', '--linux', ...targets], {
    stdio: 'inherit',
    env: { ...process.env, ...machineToolset(work) },
  })
  const made = readdirSync(release).filter((name) => /\.(AppImage|deb|tar\.gz)$/.test(name))
  if (made.length !== targets.length) throw new Error(`made only ${made.join(', ')}`)
  for (const name of made) {
    const file = path.join(release, name)
    process.stdout.write(`\n── ${name}: ${(statSync(file).size / 1e6).toFixed(0)} MB\n`)
    drive(programIn(file, path.join(work, path.extname(name).slice(1))))
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** The program that a person would start, where the file was installed to a folder. */
function programIn(file: string, folder: string): string {
  if (file.endsWith('.AppImage')) return file
  execFileSync('mkdir', ['-p', folder])
  if (file.endsWith('.deb')) execFileSync('dpkg-deb', ['--extract', file, folder])
  else execFileSync('tar', ['-xzf', file, '-C', folder])
  const inside = execFileSync('find', [folder, '-name', 'depthwise', '-type', 'f', '-perm', '-100'], {
    encoding: 'utf8',
  })
  const program = inside.trim().split('\n')[0] ?? ''
  if (!existsSync(program)) throw new Error(`no program in ${file}`)
  return program
}

function drive(program: string): void {
  const playwright = path.join(root, 'node_modules/@playwright/test/cli.js')
  const config = path.join(root, 'test/e2e/playwright.config.ts')
  const [command, ...rest] = [
    ...display!,
    process.execPath,
    playwright,
    'test',
    '--config',
    config,
    '--project',
    'packaged',
  ]
  execFileSync(command, [...rest, '--no-deps'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, DEPTHWISE_PACKAGED: program },
  })
}
