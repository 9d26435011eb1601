import path from 'node:path'
import * as v from 'valibot'
import type { Conversion, Difference, Outcome } from '../convert/convert.ts'
import { convert } from '../convert/convert.ts'
import { INITIALISATIONS } from '../convert/initialisation.ts'
import { SHARINGS } from '../convert/recursive-form.ts'
import { DepthwiseError } from '../common/errors.ts'
import { command } from './command.ts'
import { interruptible } from './interruption.ts'
import { Progress } from './progress.ts'
import { numberOption, parseCommandLine } from './options.ts'

const USAGE = `npm run --silent convert -- DENSE_DIR --to DIR --recursions 3 [--init ${INITIALISATIONS.join('|')}] [--lora-rank R] [--sharing ${SHARINGS.join('|')}]`

const RecursionsSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(2), v.maxValue(64))
/** Share of a difference that rounding leaves at full rank. */
const EXACT = 1e-3

const UNTRAINED = 'What they leave makes answers worse than guessing: such a model needs training before it is of use.'

const RankSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(65_536))

const HELP = `
npm run --silent convert -- DENSE_DIR --to DIR --recursions 3 [OPTIONS]

Makes a recursive model of a dense Llama: its layers become one block that runs several times.

  --to DIR                 where to; it must not be there yet
  --recursions N           how often the block runs (2 to 64; the layers must divide by it)
  --init NAME              which dense layers the block is made of: ${INITIALISATIONS.join(', ')}
                           (default: stepwise, with adapters average)
  --sharing NAME           which layers become one: ${SHARINGS.join(', ')};
                           the middle forms leave the first and the last apart (default: cycle)
  --lora-rank R            adapters of rank R at every place (default: 0, none). At full rank the model is the dense
                           one; at any lower rank it must be trained before it is of use.
`

/** Turns a dense Llama into a recursive model, or with --lora-rank into a relaxed recursive one. */
await command(async () => {
  const { values, positionals } = parseCommandLine(
    {
      to: { type: 'string' },
      recursions: { type: 'string' },
      init: { type: 'string' },
      'lora-rank': { type: 'string', default: '0' },
      sharing: { type: 'string', default: 'cycle' },
    },
    1,
  )
  const source = needed(positionals[0], 'DENSE_DIR')
  const target = path.resolve(needed(values.to, '--to'))
  const rank = numberOption('lora-rank', values['lora-rank'], RankSchema)
  const conversion: Conversion = {
    recursions: numberOption('recursions', needed(values.recursions, '--recursions'), RecursionsSchema),
    // what the paper found best: layers as they are where nothing corrects them, their mean where adapters do
    initialisation: oneOf('--init', values.init ?? (rank === 0 ? 'stepwise' : 'average'), INITIALISATIONS),
    sharing: oneOf('--sharing', values.sharing, SHARINGS),
    rank,
  }
  const told = new Progress()
  const progress = (fraction: number): void => {
    told.tell('Converting', fraction)
  }
  const outcome = await interruptible(() => convert(path.resolve(source), target, conversion, { progress }))
  told.end()
  const text = lines(conversion, outcome, target).map((line) => `${line}\n`)
  process.stdout.write(text.join(''))
  return 0
}, HELP)

function needed(value: string | undefined, what: string): string {
  if (value !== undefined) return value
  throw new DepthwiseError('BAD_ARGUMENT', `${what} is missing: ${USAGE}`, { detail: what })
}

function oneOf<const T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw new DepthwiseError('BAD_ARGUMENT', `${option} must be one of ${allowed.join(', ')}; ${value} was given.`, {
    detail: option,
  })
}

function lines(conversion: Conversion, outcome: Outcome, target: string): string[] {
  const { recursions, sharing, initialisation, rank } = conversion
  const { layers, sharedLayers, madeOf, parametersBefore, parametersAfter, differences } = outcome
  const apart = layers - recursions * sharedLayers
  const sources = madeOf.map((some) => some.join('+')).join(', ')
  const far = spread(differences, 'shared', 'of the dense ones')
  const left = rank > 0 && spread(differences, 'left', 'of that difference')
  return [
    `${layers} layers: ${recursions} recursions of ${sharedLayers} shared ones (${sharing})${apart > 0 ? ` and ${apart} apart` : ''}; each place keeps its own norms.`,
    `The shared layers are made of the dense layers ${sources} (${initialisation}, counted from 0).`,
    `Parameters: ${parametersBefore} before, ${parametersAfter} after (${percent(parametersAfter / parametersBefore)}).`,
    `Difference of the shared matrices from the dense ones (Frobenius): ${far}.`,
    left
      ? `Adapters of rank ${rank} at every place leave ${left}.`
      : 'No adapters: such a model needs training before it is of use.',
    ...(left && isLossy(differences) ? [UNTRAINED] : []),
    ...(parametersAfter >= parametersBefore ? [larger(parametersBefore, parametersAfter, rank)] : []),
    `It lies in ${target}`,
  ]
}

function isLossy(differences: readonly Difference[]): boolean {
  return differences.some(({ left }) => left > EXACT)
}

function larger(before: number, after: number, rank: number): string {
  const how = after === before ? 'as large as' : 'larger than'
  return `The model is ${how} the dense one (${percent(after / before)}): adapters of rank ${rank} take more than sharing saves.`
}

/** Mean and worst of a share, over the matrices for which there is one. */
function spread(differences: readonly Difference[], of: 'shared' | 'left', whole: string): string {
  const some = differences.filter((difference) => Number.isFinite(difference[of]))
  if (some.length === 0) return 'none'
  const mean = some.reduce((sum, difference) => sum + difference[of], 0) / some.length
  const worst = some.reduce((a, b) => (b[of] > a[of] ? b : a))
  return `${percent(mean)} ${whole} on average, ${percent(worst[of])} at worst (${worst.matrix})`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
