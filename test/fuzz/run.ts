import { parseArgs } from 'node:util'
import { fuzz, summary } from './fuzz.ts'

/** Bad inputs for as long as one likes: `npm run fuzz -- --seed 7 --count 1000000`, or one again: `--case 1234`. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100000' },
    case: { type: 'string' },
  },
})
const [seed, count] = [Number(values.seed), values.case === undefined ? Number(values.count) : 1]
const report = await fuzz(seed, Number(values.case ?? 0), count)
process.stdout.write(`${summary(report)}\n`)
for (const failure of report.failures) process.stdout.write(`${failure}\n`)
process.exitCode = report.failures.length > 0 ? 1 : 0
