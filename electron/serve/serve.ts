import { toFailure } from '../../models/common/errors.ts'
import { expectNode } from './node-version.ts'

try {
  expectNode(process.versions.node)
  const { run } = await import('./run.ts')
  await run(process.argv.slice(2))
} catch (error) {
  const { code, message, detail } = toFailure(error)
  console.error(`Depthwise cannot start: ${message}${detail === undefined ? '' : ` (${detail})`} [${code}]`)
  process.exit(1)
}
