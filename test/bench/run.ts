import type { Bench } from './bench.ts'
import { budgets } from './budgets.ts'
import { unrolled } from './unrolled.ts'

const BENCHES: Record<string, Bench> = { unrolled, budgets }

/** `npm run bench -- NAME [arguments]` measures one thing and prints a table. */
const [name = '', ...args] = process.argv.slice(2)
const bench = BENCHES[name]
if (!bench) {
  process.stderr.write(`Say what to measure: ${Object.keys(BENCHES).join(', ')}\n`)
  process.exit(2)
}
process.stdout.write(`${bench.title}\n\n${await bench.run(args)}\n`)
