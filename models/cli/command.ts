import { toFailure } from '../common/errors.ts'
import { EXIT_BAD_INPUT } from './options.ts'

/**
 * Runs a command; a failure becomes one sentence on standard error and exit code 2 (1 where it is our own fault). A reader
 * that goes away, as `head` does, ends it without a word. With DEPTHWISE_MEASURE set it says at its end what it took.
 * @param help what --help prints
 */
export async function command(run: () => Promise<number>, help?: string): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', quiet)
  if (process.env.DEPTHWISE_MEASURE) process.on('exit', measured)
  if (help !== undefined && isAskedForHelp(process.argv.slice(2))) {
    process.stdout.write(`${help.trim()}\n`)
    return
  }
  try {
    process.exitCode = await run()
  } catch (error) {
    const { code, message, detail = '' } = toFailure(error)
    const isSaid = detail === '' || message.includes(detail)
    process.stderr.write(`${message} (${code}${isSaid ? '' : `: ${detail}`})\n`)
    if (code === 'INTERNAL' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    process.exitCode = code === 'INTERNAL' ? 1 : EXIT_BAD_INPUT
  }
}

function isAskedForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return words.slice(0, end < 0 ? undefined : end).some((word) => word === '--help' || word === '-h')
}

function quiet(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

function measured(): void {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const cpu = (userCPUTime + systemCPUTime) / 1e6
  process.stderr.write(
    `${process.uptime().toFixed(1)} s, ${cpu.toFixed(1)} s of processors, ${Math.round(maxRSS / 1024)} MB at most\n`,
  )
}
