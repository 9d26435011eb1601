import path from 'node:path'
import { parseArgs } from 'node:util'
import { DepthwiseError } from '../../models/common/errors.ts'
import { openEndpoint } from '../endpoint/server.ts'
import { forkEngine } from '../host/fork.ts'
import { createHost } from '../host/host.ts'
import { cacheFolder, dataFolder } from '../../models/common/places.ts'
import { appFiles } from '../host/app-files.ts'
import { quietPipes } from '../host/quiet-pipes.ts'
import { startServer } from './server.ts'

const USAGE = 'serve [--port NUMBER] [--data FOLDER]'

/** Serves the window on loopback until a signal ends it. The options are those of the engine's Node. */
export async function run(args: string[], engineOptions: readonly string[] = []): Promise<void> {
  quietPipes()
  const flags = parse(args)
  const files = appFiles(import.meta)
  const host = createHost({
    dataFolder: flags.data === undefined ? dataFolder() : path.resolve(flags.data),
    cacheFolder: cacheFolder(),
    builtInModel: files.builtInModel,
    version: files.version,
    spawnEngine: () => forkEngine(files.engine, engineOptions),
    endpoint: { open: openEndpoint },
    log: (line) => {
      console.error(line)
    },
  })
  const server = await startServer({ host, pages: files.renderer, port: flags.port }).catch(async (error: unknown) => {
    await host.close()
    throw error
  })
  let isEnding = false
  const end = () => {
    if (isEnding) process.exit(130)
    isEnding = true
    void server
      .close()
      .then(() => host.close())
      .finally(() => process.exit(0))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  // last, as a reader of it may end it at once
  console.log(`Depthwise is at ${server.address}`)
}

function parse(args: string[]): { port: number; data: string | undefined } {
  try {
    const { values } = parseArgs({ args, options: { port: { type: 'string' }, data: { type: 'string' } } })
    const port = Number(values.port ?? 0)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`there is no port ${values.port}`)
    return { port, data: values.data }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DepthwiseError('BAD_ARGUMENT', `The command line was not understood: ${reason}. Usage: ${USAGE}`)
  }
}
