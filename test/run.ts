import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildIfStale } from '../electron/launch/build.ts'
import type { Outcome } from './reports.ts'
import { readPlaywright, readVitest } from './reports.ts'
import type { Tools } from './tools.ts'
import { findTools } from './tools.ts'

/**
 * Runs every test that this machine can run and says what it left out. With DEPTHWISE_TEST_ALL set, what would be left
 * out is a failure.
 */
interface Suite {
  name: string
  /** What the machine lacks for it, or null. */
  lacks: string | null
  command: readonly string[]
  report: string
  read: (report: string) => Outcome
}

const root = path.join(import.meta.dirname, '..')
const bring = 'bash .ci/install (Debian; elsewhere install Chromium or set CHROMIUM, and run npx install-electron)'
const tools = findTools()
const reports = mkdtempSync(path.join(tmpdir(), 'depthwise-reports-'))
const environment = {
  ...process.env,
  ...(tools.vulkan && { VK_ICD_FILENAMES: tools.vulkan }),
  // hundreds of processes are started, each of which would strip the types of the same files
  NODE_COMPILE_CACHE: path.join(reports, 'compiled'),
}

await buildIfStale()
const nothing: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [] }
const outcomes: Outcome[] = []
const leftOut: string[] = []
for (const suite of suites()) {
  if (suite.lacks !== null) {
    leftOut.push(`${suite.name}: ${suite.lacks}`)
    continue
  }
  process.stdout.write(`\n── ${suite.name}\n`)
  const [program, ...rest] = suite.command
  const { status } = spawnSync(program!, rest, { cwd: root, stdio: 'inherit', env: environment })
  const outcome = existsSync(suite.report) ? suite.read(readFileSync(suite.report, 'utf8')) : nothing
  const silent = status !== 0 && outcome.failed === 0
  outcomes.push(silent ? { ...outcome, failed: 1, failures: [`${suite.name}: ended with ${status}`] } : outcome)
}
if (tools.vulkan === null) leftOut.push('WebGPU: no Vulkan driver')
rmSync(reports, { recursive: true, force: true })

for (const line of leftOut) process.stdout.write(`\nLeft out – ${line}`)
if (leftOut.length > 0) process.stdout.write(`\nTo run these too: ${bring}\n`)
const failedWhole = process.env.DEPTHWISE_TEST_ALL ? leftOut.length : 0
// here, because the reports above are long and a machine that runs this may keep only their end
for (const failure of outcomes.flatMap(({ failures }) => failures)) process.stdout.write(`\nFailed – ${failure}\n`)
const failed = sum('failed') + failedWhole
process.stdout.write(`\n${sum('passed')} passed, ${failed} failed, ${sum('skipped')} skipped\n`)
process.exit(failed > 0 ? 1 : 0)

function sum(kind: 'passed' | 'failed' | 'skipped'): number {
  return outcomes.reduce((total, outcome) => total + outcome[kind], 0)
}

function suites(): Suite[] {
  const vitestReport = path.join(reports, 'vitest.json')
  return [
    {
      name: 'unit and integration',
      lacks: null,
      command: [
        process.execPath,
        'node_modules/vitest/vitest.mjs',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${vitestReport}`,
      ],
      report: vitestReport,
      read: readVitest,
    },
    endToEnd('browser', tools.chromium ? null : 'no Chromium', []),
    endToEnd('electron', lackOfElectron(tools), tools.display ?? []),
    endToEnd('packaged', lackOfElectron(tools), tools.display ?? []),
  ]
}

function endToEnd(project: string, lacks: string | null, before: readonly string[]): Suite {
  const report = path.join(reports, `${project}.json`)
  const playwright = [
    'node_modules/@playwright/test/cli.js',
    'test',
    '--config',
    'test/e2e/playwright.config.ts',
    '--project',
    project,
  ]
  const command = [
    ...before,
    'env',
    `PLAYWRIGHT_JSON_OUTPUT_NAME=${report}`,
    process.execPath,
    ...playwright,
    '--reporter=list,json',
  ]
  return { name: `end to end, ${project}`, lacks, command, report, read: readPlaywright }
}

function lackOfElectron({ electron, display }: Tools): string | null {
  if (!electron) return 'no Electron binary'
  return display ? null : 'no display and no Xvfb'
}
