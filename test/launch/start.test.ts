import { spawnSync } from 'node:child_process'
import { chownSync, existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../models/support.ts'
import { Project, Started } from './support.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const asNobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
/** Our Node may be where only root may look. */
const canBeNobody = spawnSync(process.execPath, ['--version'], { ...asNobody, cwd: '/' }).status === 0
const display = { DISPLAY: ':7' }

/** A project whose server and Electron only say what they were given. */
function project(electron: string | null): Project {
  const made = new Project()
  made.write('electron/launch/build.ts', 'export const buildIfStale = async () => false')
  made.write('electron/serve/serve.ts', "console.log('SERVED ' + JSON.stringify(process.argv.slice(2)))")
  made.write('node_modules/electron/install.js', "console.error('no network')")
  if (electron !== null) made.script('node_modules/electron/dist/electron', electron)
  return made
}

function start(
  made: Project,
  environment: Record<string, string>,
  args: string[] = [],
  user: object = asNobody,
): Started {
  const none = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined, ELECTRON_OVERRIDE_DIST_PATH: undefined }
  const env = { ...process.env, ...none, ...environment }
  return new Started(process.execPath, [made.at('electron/launch/start.ts'), ...args], { env, cwd: '/', ...user })
}

describe('serves a browser, with a reason', () => {
  it('because it was asked to', async () => {
    const started = start(project('echo WINDOW'), display, ['--serve', '--port', '8123'], {})
    expect(await started.end()).toBe(0)
    expect(started.stdout).toBe('SERVED ["--port","8123"]\n')
    expect(started.stderr).toBe(
      'Depthwise: no window of its own: asked for with --serve. Open the address below in a browser.\n',
    )
  })

  it('because there is no display', async () => {
    const started = start(project('echo WINDOW'), {}, [], {})
    expect(await started.end()).toBe(0)
    expect(started.stdout).toBe('SERVED []\n')
    expect(started.stderr).toContain('this machine has no display')
  })

  it.skipIf(!isRoot)('because a person is root', async () => {
    const started = start(project('echo WINDOW'), display, [], {})
    expect(await started.end()).toBe(0)
    expect(started.stdout).toBe('SERVED []\n')
    expect(started.stderr).toContain('Electron does not run as root')
  })

  it.skipIf(!canBeNobody)('because Electron is not there and cannot be fetched', async () => {
    const started = start(project(null), display)
    expect(await started.end()).toBe(0)
    expect(started.stdout).toBe('SERVED []\n')
    expect(started.stderr).toContain("Electron's binary is not installed and could not be downloaded")
  })

  it.skipIf(!canBeNobody)('because Electron ended at once', async () => {
    const started = start(project('exit 127'), display, ['--port', '1'])
    expect(await started.end()).toBe(0)
    expect(started.stdout).toBe('SERVED ["--port","1"]\n')
    expect(started.stderr).toContain('Electron could not start (exit code 127)')
  })
})

describe.skipIf(!canBeNobody)('opens a window', () => {
  it('with the app and the arguments, and ends as it ends', async () => {
    const made = project('echo "WINDOW $*"')
    const started = start(made, display, ['--data', 'here'])
    expect(await started.end()).toBe(0)
    expect(started.stdout).toBe(`WINDOW ${made.root} --data here\n`)
    expect(started.stderr).toBe('')
  })

  it('after Electron was fetched', async () => {
    const made = project(null)
    const place = made.at('node_modules/electron/dist')
    made.write('node_modules/electron/dist/none', '')
    if (isRoot) chownSync(place, NOBODY, NOBODY)
    made.write(
      'node_modules/electron/install.js',
      `import { writeFileSync } from 'node:fs'
       writeFileSync(${JSON.stringify(path.join(place, 'electron'))}, '#!/bin/sh\\necho WINDOW', { mode: 0o755 })`,
    )
    const started = start(made, display)
    expect(await started.end()).toBe(0)
    expect(started.stdout).toBe('WINDOW\n')
    expect(started.stderr).toBe('Depthwise: downloading Electron (once) …\n')
  })

  it('that ends with a signal, and then serves nothing', async () => {
    const started = start(project('trap "echo CLOSED; exit 9" TERM; echo WINDOW; while :; do sleep 0.1; done'), display)
    await started.says(/WINDOW/)
    started.child.kill('SIGTERM')
    expect(await started.end()).toBe(9)
    expect(started.stdout).toBe('WINDOW\nCLOSED\n')
  })
})

it('starts the real server', async () => {
  const folder = temporaryFolder()
  const env = { ...process.env, DEPTHWISE_DATA: path.join(folder, 'data'), DEPTHWISE_CACHE: path.join(folder, 'cache') }
  const script = path.join(import.meta.dirname, '../../electron/launch/start.ts')
  const started = new Started(process.execPath, [script, '--serve'], { env })
  await started.says(/http:\/\/127\.0\.0\.1:\d+/)
  expect(started.stderr).toContain('no window of its own: asked for with --serve')
  started.child.kill('SIGTERM')
  expect(await started.end()).toBe(0)
  expect(existsSync(path.join(folder, 'data/history.sqlite'))).toBe(true)
})
