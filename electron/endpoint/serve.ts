import { toFailure } from '../../models/common/errors.ts'
import { run } from './run.ts'

try {
  await run(process.argv.slice(2))
} catch (error) {
  const { code, message, detail } = toFailure(error)
  console.error(`Depthwise cannot start: ${message}${detail === undefined ? '' : ` (${detail})`} [${code}]`)
  process.exit(1)
}
