import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, Extent, Row } from './bench.ts'
import { FULL } from './bench.ts'
import { batching } from './batching.ts'
import { budgets } from './budgets.ts'
import { answers } from './card/answers.ts'
import { measured } from './card/measured.ts'
import { starters } from './card/starters.ts'
import { tasks } from './card/tasks.ts'
import { decode } from './decode.ts'
import { depths } from './depths.ts'
import { window } from './drawing.ts'
import { gguf } from './gguf.ts'
import { gpu } from './gpu.ts'
import { importing } from './import/importing.ts'
import { hasLlama } from './llama/llama.ts'
import { long } from './long.ts'
import { machine } from './machine.ts'
import { memory } from './memory.ts'
import { prefill } from './prefill.ts'
import { quiet } from './quiet.ts'
import { real } from './real.ts'
import { sampling } from './sampling.ts'
import { start } from './start.ts'
import { results } from './table.ts'
import { threads } from './threads.ts'
import { unrolled } from './unrolled.ts'

const BENCHES: Readonly<Record<string, Bench>> = {
  real,
  decode,
  prefill,
  depths,
  batching,
  unrolled,
  sampling,
  threads,
  start,
  window,
  long,
  memory,
  quiet,
  gpu,
}
/** What stands on the built-in model's card; not part of the report. */
const CARD = { answers, measured, starters, tasks } as const
const HELP = `npm run --silent bench -- [NAME] [--repeats N] [--tokens N] [--long N]

Measures everything and writes docs/benchmarks.md; with NAME one thing:
${Object.entries(BENCHES)
  .map(([name, { title }]) => `  ${name.padEnd(10)} ${title}\n`)
  .join('')}  budgets FILE, tasks FILE, answers, measured, starters: for the card of the built-in model
  import NAME [DIR]: a model of a published shape with random weights through import and an answer
`
const REPORT = path.join(import.meta.dirname, '../../docs/benchmarks.md')

/**
 * `npm run bench` measures everything, prints one table and writes it to docs/benchmarks.md; `npm run bench -- NAME` one
 * thing; `--repeats`, `--tokens` and `--long` say how much of it. `budgets FILE` and `gguf FILE` need texts, `tasks FILE`
 * questions; `import NAME DIR` imports a model of a published shape with random weights and says what it took. `budgets`,
 * `tasks`, `answers`, `measured` and `starters` are for the built-in model's card.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repeats: { type: 'string' },
    tokens: { type: 'string' },
    long: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
const [name, ...files] = positionals
const extent = extentOf({ repeats: values.repeats, tokens: values.tokens, long: values.long })
if (name === undefined) await all(extent)
else if (name === 'budgets') process.stdout.write(`${budgets(files[0])}\n`)
else if (name === 'gguf') process.stdout.write(`${await gguf(files[0])}\n`)
else if (name === 'import') await importing(...files)
else if (name in CARD) process.stdout.write(`${await CARD[name as keyof typeof CARD](files[0])}\n`)
else await one(name, extent)

async function one(name: string, extent: Extent): Promise<void> {
  const bench = BENCHES[name]
  if (!bench) {
    process.stderr.write(
      `Say what to measure: ${[...Object.keys(BENCHES), 'budgets FILE', 'gguf FILE', 'tasks FILE', 'import NAME [DIR]', 'answers', 'measured', 'starters'].join(', ')}\n`,
    )
    process.exit(2)
  }
  process.stdout.write(`${bench.title}\n${machine()}\n\n${results({ [name]: await bench.run(extent) })}\n`)
}

/** A bench that fails takes its rows away, not those of the others. */
async function all(extent: Extent): Promise<void> {
  hasLlama()
  const where = machine()
  const rows: Record<string, Row[]> = {}
  for (const [name, bench] of Object.entries(BENCHES)) {
    process.stderr.write(`${name}: ${bench.title} …\n`)
    try {
      rows[name] = await bench.run(extent)
    } catch (error) {
      process.stderr.write(`${name} failed: ${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    }
  }
  writeFileSync(REPORT, report(where, extent, rows))
  process.stdout.write(`${where}\n\n${results(rows)}\n`)
}

function report(where: string, { repeats, tokens }: Extent, rows: Readonly<Record<string, readonly Row[]>>): string {
  const titles = Object.keys(rows).map((name) => `- \`npm run --silent bench -- ${name}\`: ${BENCHES[name]!.title}.`)
  return `# Benchmarks

Written by \`npm run --silent bench\`; what each part measures, and how to measure it again:

${titles.join('\n')}

Machine: ${where}.

Contestants of a part take turns, ${repeats} rounds of ${tokens} tokens. *Least* and *median* are over the rounds; *against* is
the median of the ratios within a round: above 1 × is faster than what is named. \`mor-135m\` is a Mixture-of-Recursions
of random weights in SmolLM2-135M's width (hidden 576, a block of nine layers, three recursions, a first and a last layer,
vocabulary 49,152), \`small\` one of the small model's shape in test/models/tiny; llama.cpp runs a dense Llama of the same unrolled shape
(29 and 8 layers), Q4_0 against int4 and Q8_0 against int8, K/V in its default float16, with as many threads.

${results(rows)}
`
}

function extentOf(given: Partial<Record<keyof Extent, string | undefined>>): Extent {
  const extent = { ...FULL }
  for (const key of Object.keys(extent) as (keyof Extent)[]) {
    if (given[key] === undefined) continue
    extent[key] = Number(given[key])
    if (!Number.isInteger(extent[key]) || extent[key] < 1) {
      process.stderr.write(`--${key} must be a whole number, at least 1; ${given[key]} was given.\n`)
      process.exit(2)
    }
  }
  return extent
}
