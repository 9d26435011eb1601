import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildIfStale } from '../electron/launch/build.ts'
import type { Tools } from './tools.ts'
import { findTools } from './tools.ts'

/**
 * Runs every test that this machine can run and says what it left out. With DEPTHWISE_TEST_ALL set, what would be left
 * out is a failure.
 */
interface Counts {
  passed: number
  failed: number
  skipped: number
}

interface Suite {
  name: string
  /** What the machine lacks for it, or null. */
  lacks: string | null
  command: readonly string[]
  report: string
  count: (report: unknown) => Counts
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
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
const leftOut: string[] = []
for (const suite of suites()) {
  if (suite.lacks !== null) {
    leftOut.push(`${suite.name}: ${suite.lacks}`)
    continue
  }
  process.stdout.write(`\n── ${suite.name}\n`)
  const [program, ...rest] = suite.command
  const { status } = spawnSync(program!, rest, { cwd: root, stdio: 'inherit', env: environment })
  const counts = existsSync(suite.report)
    ? suite.count(JSON.parse(readFileSync(suite.report, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 }
  if (status !== 0 && counts.failed === 0) counts.failed = 1
  for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += counts[key]
}
if (tools.vulkan === null) leftOut.push('WebGPU: no Vulkan driver')
rmSync(reports, { recursive: true, force: true })

for (const line of leftOut) process.stdout.write(`\nLeft out – ${line}`)
if (leftOut.length > 0) process.stdout.write(`\nTo run these too: ${bring}\n`)
const failedWhole = process.env.DEPTHWISE_TEST_ALL ? leftOut.length : 0
process.stdout.write(`\n${total.passed} passed, ${total.failed + failedWhole} failed, ${total.skipped} skipped\n`)
process.exit(total.failed + failedWhole > 0 ? 1 : 0)

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
      count: countVitest,
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
  return { name: `end to end, ${project}`, lacks, command, report, count: countPlaywright }
}

function lackOfElectron({ electron, display }: Tools): string | null {
  if (!electron) return 'no Electron binary'
  return display ? null : 'no display and no Xvfb'
}

function countVitest(report: unknown): Counts {
  const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = report as Record<string, number>
  const failed = Math.max(numFailedTests ?? 0, numFailedTestSuites ? 1 : 0)
  return { passed: numPassedTests ?? 0, failed, skipped: numPendingTests ?? 0 }
}

function countPlaywright(report: unknown): Counts {
  const { stats } = report as { stats: Record<string, number> }
  return {
    passed: (stats.expected ?? 0) + (stats.flaky ?? 0),
    failed: stats.unexpected ?? 0,
    skipped: stats.skipped ?? 0,
  }
}
