import { statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { DepthwiseError, fromFailure } from '../../models/common/errors.ts'
import { cacheFolder, dataFolder } from '../../models/common/places.ts'
import type { Endpoint } from '../contract/endpoint.ts'
import { DEFAULT_PORT } from '../contract/endpoint.ts'
import type { EngineStatus } from '../contract/values.ts'
import { appFiles } from '../host/app-files.ts'
import { forkEngine } from '../host/fork.ts'
import type { Host } from '../host/host.ts'
import { createHost } from '../host/host.ts'
import { openEndpoint } from './server.ts'

const USAGE = `Answers other programs on this machine, in the manner of OpenAI's API, without a window.

npm run serve -- [--port NUMBER] [--token TEXT] [--model FOLDER] [--data FOLDER]

  --port NUMBER    listen there; 0 is any that is free (the one in the settings, at first ${DEFAULT_PORT})
  --token TEXT     what programs must send as “Authorization: Bearer TEXT” (the one in the settings)
  --model FOLDER   the model that answers (the one in the settings)
  --data FOLDER    where settings are kept
  --help           this text

Ctrl+C ends it. Programs that can be connected: docs/endpoint.md`

/** Serves the endpoint until a signal ends it. */
export async function run(args: string[]): Promise<void> {
  // a reader that has seen enough closes the pipe
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const flags = parse(args)
  if (flags.help) {
    console.log(USAGE)
    return
  }
  const host = openHost(flags)
  endOnSignals(host)
  const endpoint = await host.endpoint()
  if (endpoint.failure) {
    await host.close()
    throw fromFailure(endpoint.failure)
  }
  announce(endpoint)
  await toldWhenReady(host)
}

interface Flags {
  help: boolean
  port: number | undefined
  token: string | undefined
  model: string | undefined
  data: string | undefined
}

function openHost({ port, token, model, data }: Flags): Host {
  const files = appFiles(import.meta)
  return createHost({
    dataFolder: data === undefined ? dataFolder() : path.resolve(data),
    cacheFolder: cacheFolder(),
    builtInModel: files.builtInModel,
    modelFolder: model && existing(path.resolve(model)),
    version: files.version,
    spawnEngine: () => forkEngine(files.engine),
    endpoint: { open: openEndpoint, forced: { port, token } },
    log: (line) => {
      console.error(line)
    },
  })
}

function announce({ address, token, listening }: Endpoint): void {
  console.log(`Depthwise answers at ${address} (on ${listening.join(' and ')})`)
  console.log(`Token: ${token}`)
}

/** Says how loading goes, and when the first answer can be written. */
function toldWhenReady(host: Host): Promise<void> {
  let told = ''
  const tell = (line: string): void => {
    if (line !== told) console.error(line)
    told = line
  }
  return new Promise((resolve) => {
    const link = host.connect((frame) => {
      if (!('event' in frame) || frame.event !== 'engine.status') return
      hear(frame.data as EngineStatus)
    })
    const hear = ({ phase, model, device, failure }: EngineStatus): void => {
      if (phase === 'preparing') tell('Preparing the model (once) …')
      if (failure) tell(failure.message)
      if (phase !== 'ready') return
      tell(`${model!.name} is ready. ${device!.reason}`)
      link.close()
      resolve()
    }
    hear(host.engineStatus())
  })
}

function endOnSignals(host: Host): void {
  let isEnding = false
  const end = (): void => {
    if (isEnding) process.exit(130)
    isEnding = true
    void host.close().finally(() => process.exit(0))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
}

function parse(args: string[]): Flags {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({
      args,
      options: { port: text, token: text, model: text, data: text, help: { type: 'boolean', default: false } },
    })
    const port = values.port === undefined ? undefined : Number(values.port)
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535 && values.port !== ''))
      throw new Error(`there is no port ${values.port}`)
    if (values.token !== undefined && !/^[\x21-\x7e]+$/.test(values.token))
      throw new Error('a token is of letters, digits and signs, without spaces')
    return { help: values.help, port, token: values.token, model: values.model, data: values.data }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DepthwiseError('BAD_ARGUMENT', `The command line was not understood: ${reason}. See --help.`)
  }
}

function existing(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder
  throw new DepthwiseError('MODEL_NOT_FOUND', 'There is no such model folder.', { detail: folder })
}
