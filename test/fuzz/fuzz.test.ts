import { expect, it } from 'vitest'
import { fuzz, summary } from './fuzz.ts'

const SEED = 1
const COUNT = 20_000

it(
  'reads or refuses 20,000 bad inputs, each with an error that names what is wrong',
  async () => {
    const report = await fuzz(SEED, 0, COUNT)
    process.stdout.write(`${summary(report)}\n`)
    expect(report.failures.join('\n\n')).toBe('')
    for (const [{ name, deep }, tally] of report.tallies) {
      expect(tally.deep / tally.cases, `share of ${name} behind the first checks`).toBeGreaterThan(deep)
    }
  },
  5 * 60_000,
)
