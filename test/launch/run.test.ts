import { existsSync, renameSync, symlinkSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Project, Started } from './support.ts'

/** The system's own Node, often older than ours: the first step must work in it. */
const system = existsSync('/usr/bin/node') ? '/usr/bin/node' : process.execPath
const hasTerminal = existsSync('/usr/bin/script')

/** Tells what it was given, then does as its first word says. */
const ECHO = `
  const [order, ...rest] = process.argv.slice(2)
  let count = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      count++
      setTimeout(() => { console.log('GOT ' + count + ' ' + signal); process.exit(5) }, 400)
    })
  console.log(JSON.stringify({ rest, version: process.version, path: process.env.PATH }))
  if (order === 'exit') process.exit(Number(rest[0]))
  if (order === 'die') { process.kill(process.pid, 'SIGKILL') }
  if (order === 'wait') setInterval(() => undefined, 1000)
`

function project(): Project {
  const made = new Project()
  made.write('echo.ts', `${ECHO}\nconst typed: number = 1\nvoid typed\n`)
  return made
}

function run(made: Project, ...args: string[]): Started {
  const env = { ...process.env, PATH: `${made.at('bin')}:/usr/bin:/bin` }
  return new Started(system, [made.at('electron/launch/run.mjs'), 'echo.ts', ...args], { env, cwd: '/' })
}

it('goes on under the Node of node_modules, with the same arguments and its tools on the path', async () => {
  const made = project()
  const started = run(made, 'say', '--budget', '40', 'two words', '')
  expect(await started.end()).toBe(0)
  const told = JSON.parse(started.stdout) as { rest: string[]; version: string; path: string }
  expect(told.rest).toEqual(['--budget', '40', 'two words', ''])
  expect(told.version).toBe(process.version)
  expect(told.path.startsWith(`${made.at('node_modules/.bin')}:`)).toBe(true)
  expect(started.stderr).toBe('')
})

it('ends as the command ends', async () => {
  const made = project()
  expect(await run(made, 'exit', '2').end()).toBe(2)
  expect(await run(made, 'exit', '0').end()).toBe(0)
  expect(await run(made, 'die').end()).toBe(137)
})

it.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('passes %s on and waits for the command', async (signal) => {
  const started = run(project(), 'wait')
  await started.says(/rest/)
  started.child.kill(signal)
  expect(await started.end()).toBe(5)
  expect(started.stdout).toContain(`GOT 1 ${signal}`)
})

it('leaves no command behind where it is asked to end as soon as that runs', async () => {
  const made = project()
  made.write(
    'early.mjs',
    `import { spawn } from 'node:child_process'
     import { exitCode, startFollowed } from './electron/launch/signals.mjs'
     const { child } = startFollowed(() => {
       process.kill(process.pid, 'SIGTERM')
       return spawn('sleep', ['60'], { stdio: 'inherit' })
     })
     child.on('exit', (code, signal) => process.exit(exitCode(code, signal)))`,
  )
  expect(await new Started(process.execPath, [made.at('early.mjs')], { cwd: '/' }).end()).toBe(143)
})

it.skipIf(!hasTerminal)('lets one Ctrl+C of a terminal be one', async () => {
  const made = project()
  // exec: some shells stay in between, and tell of the Ctrl+C instead of how the command ended
  const words = `exec "${system}" "${made.at('electron/launch/run.mjs')}" echo.ts wait`
  const started = new Started('/usr/bin/script', ['-qec', words, '/dev/null'], { env: process.env })
  await started.says(/rest/)
  started.child.stdin!.write('\x03')
  await started.says(/GOT/)
  expect(started.stdout).toContain('GOT 1 SIGINT')
  expect(await started.end()).toBe(5)
})

it('installs first what a changed lock file asks for, and says so on standard error alone', async () => {
  const made = project()
  made.makeStale()
  made.script('bin/npm', `echo "npm $*"; touch "${made.at('node_modules/.package-lock.json')}"`)
  const started = run(made, 'exit', '3')
  expect(await started.end()).toBe(3)
  expect(started.stderr).toMatch(/^Depthwise: installing its dependencies \(once\) …\nnpm ci /)
  expect(() => JSON.parse(started.stdout) as unknown).not.toThrow()
  expect((await rerun(made)).stderr).toBe('')
})

it('never installs through a link: what it points to is not its own', async () => {
  const made = project()
  made.makeStale()
  made.script('bin/npm', 'echo "must not run"')
  renameSync(made.at('node_modules'), made.at('elsewhere'))
  symlinkSync(made.at('elsewhere'), made.at('node_modules'))
  const started = run(made, 'say')
  expect(await started.end()).toBe(1)
  expect(started.stdout).toBe('')
  expect(started.stderr).toMatch(/node_modules is a link/)
})

it('ends where the installation failed', async () => {
  const made = project()
  made.makeStale()
  made.script('bin/npm', 'echo "no network" >&2; exit 1')
  const started = run(made, 'say')
  expect(await started.end()).toBe(1)
  expect(started.stdout).toBe('')
  expect(started.stderr).toMatch(/no network\nDepthwise: the dependencies could not be installed/)
})

async function rerun(made: Project): Promise<Started> {
  const started = run(made, 'say')
  await started.end()
  return started
}
