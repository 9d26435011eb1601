import { stripVTControlCharacters } from 'node:util'

/** What one suite's report says: how many tests passed, failed and were skipped, and of each that failed why. */
export interface Outcome {
  passed: number
  failed: number
  skipped: number
  /** One text a failure: the file and the test's name, then the first lines of its message. */
  failures: string[]
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  testResults: {
    name: string
    status: string
    message?: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

interface PlaywrightSuite {
  suites?: PlaywrightSuite[]
  specs?: {
    file: string
    title: string
    ok: boolean
    tests: { results: { error?: { message?: string } }[] }[]
  }[]
}

export function readVitest(json: string): Outcome {
  const report = JSON.parse(json) as VitestReport
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return [describe(name, 'the file itself', message)]
    return failed.map((test) => describe(name, test.fullName, test.failureMessages[0]))
  })
  return {
    passed: report.numPassedTests,
    // a file that could not be loaded counts as one
    failed: Math.max(report.numFailedTests, failures.length),
    skipped: report.numPendingTests,
    failures,
  }
}

export function readPlaywright(json: string): Outcome {
  const report = JSON.parse(json) as PlaywrightSuite & { stats: Record<string, number> }
  return {
    passed: (report.stats.expected ?? 0) + (report.stats.flaky ?? 0),
    failed: report.stats.unexpected ?? 0,
    skipped: report.stats.skipped ?? 0,
    failures: specsOf(report)
      .filter(({ ok }) => !ok)
      .map(({ file, title, tests }) =>
        describe(file, title, tests.flatMap(({ results }) => results).find(({ error }) => error)?.error?.message),
      ),
  }
}

function specsOf(suite: PlaywrightSuite): NonNullable<PlaywrightSuite['specs']> {
  return [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specsOf)]
}

function describe(file: string, title: string, message = 'no message'): string {
  return [`${file} › ${title}`, ...stripVTControlCharacters(message).split('\n').slice(0, 12)].join('\n    ')
}
