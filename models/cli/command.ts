import { toFailure } from '../common/errors.ts'
import { EXIT_BAD_INPUT } from './options.ts'

/** Runs a command; a failure becomes one sentence on standard error and exit code 2 (1 where it is our own fault). */
export async function command(run: () => Promise<number>): Promise<void> {
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
