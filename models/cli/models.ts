import path from 'node:path'
import { DepthwiseError } from '../common/errors.ts'
import { cacheFolder, dataFolder } from '../common/places.ts'
import { endpointOf, isCommit, parseRepository } from '../hub/address.ts'
import { download } from '../hub/download.ts'
import { hubOfMachine } from '../hub/machine.ts'
import { discard, partialsIn } from '../hub/partial.ts'
import { catalogue } from '../library/catalogue.ts'
import type { Model } from '../library/library.ts'
import { ModelLibrary } from '../library/library.ts'
import { lookAt } from '../library/look.ts'
import { removePrepared } from '../library/prepared.ts'
import { command } from './command.ts'
import { DownloadProgress } from './download-progress.ts'
import { catalogueLine, lookText, modelLine, progressLine } from './models-text.ts'
import { parseCommandLine } from './options.ts'

const HELP = `npm run --silent models -- COMMAND

  list [--json]                       models of this machine, found ones and downloads that were begun
  catalogue [--json]                  models on the Hub that are worth having
  look REPOSITORY [--revision R]      what the Hub says of a repository; downloads nothing
  download REPOSITORY [--revision R]  downloads one; begun ones go on where they were broken off
  add FOLDER                          adds a model folder, or a .gguf file, as it lies
  remove ID                           deletes a download, forgets an added folder (ID as in list)

REPOSITORY is a name as ByteDance/Ouro-1.4B-Thinking, or its address. HF_ENDPOINT names another Hub, HF_TOKEN a
token, HF_HUB_OFFLINE=1 forbids both look and download. Only look and download ask anybody.
`

/** The same place as the app's own. */
const builtInModel = path.resolve(process.env.DEPTHWISE_MODEL || path.join(import.meta.dirname, '../../models/default'))
const library = new ModelLibrary({ dataFolder: dataFolder(), builtInModel })
const print = (line: string): void => void process.stdout.write(`${line}\n`)
/** As shells say it of a process that Ctrl+C ended. */
const EXIT_INTERRUPTED = 130

await command(async () => {
  const { values, positionals } = parseCommandLine({ json: { type: 'boolean' }, revision: { type: 'string' } }, 2)
  const [what, which] = positionals
  if (what === undefined) {
    process.stdout.write(HELP)
    return 2
  }
  switch (what) {
    case 'list':
      list(values.json ?? false)
      return 0
    case 'catalogue':
      if (values.json) print(JSON.stringify(catalogue(), null, 1))
      else for (const entry of catalogue()) print(catalogueLine(entry))
      return 0
    case 'look':
      return look(given(which, 'REPOSITORY'), values.revision)
    case 'download':
      return fetchModel(given(which, 'REPOSITORY'), values.revision)
    case 'add':
      print(modelLine(library.add(given(which, 'FOLDER'))))
      return 0
    case 'remove':
      await remove(given(which, 'ID'))
      return 0
    default:
      throw new DepthwiseError('BAD_ARGUMENT', `There is no command “${what.slice(0, 60)}”; --help lists them.`)
  }
}, HELP)

function given(word: string | undefined, what: string): string {
  if (word !== undefined) return word
  throw new DepthwiseError('BAD_ARGUMENT', `${what} is missing; --help says what each command needs.`, { detail: what })
}

function list(asJson: boolean): void {
  const models = library.models()
  const found = library.found()
  const begun = partialsIn(library.downloads).map(({ repository, commit }) => ({ repository, commit }))
  if (asJson) {
    print(JSON.stringify({ models, found, begun }, null, 1))
    return
  }
  for (const model of [...models, ...found]) print(modelLine(model))
  for (const { repository, commit } of begun) print(`begun:${repository}@${commit}\tdownload it again, and it goes on`)
}

async function look(repository: string, revision: string | undefined): Promise<number> {
  const stop = interruptible()
  const hub = hubOfMachine()
  const { problem, ...found } = await lookAt(hub, parseRepository(repository, revision, endpointOf()), {
    signal: stop.signal,
  })
  print(lookText({ ...found, problem }))
  if (!problem) return 0
  throw new DepthwiseError(
    problem.code,
    problem.message,
    problem.detail === undefined ? {} : { detail: problem.detail },
  )
}

async function fetchModel(repository: string, revision: string | undefined): Promise<number> {
  const stop = interruptible()
  const asked = parseRepository(repository, revision, endpointOf())
  // what was begun is gone on with, unless another revision is asked for
  const begun = partialsIn(library.downloads).find(({ repository: name }) => name === asked.name)
  const goesOn = begun && (asked.revision === null || asked.revision === begun.commit)
  const progress = new DownloadProgress()
  try {
    const folder = await download(
      hubOfMachine(),
      { name: asked.name, revision: goesOn ? begun.commit : asked.revision },
      {
        models: library.downloads,
        signal: stop.signal,
        tell: (news) => {
          progress.show((perSecond) => progressLine(news, perSecond), news.phase === 'downloading' ? news.bytes : null)
        },
      },
    )
    progress.end()
    print(folder)
    return 0
  } catch (error) {
    progress.end()
    if (!stop.signal.aborted) throw error
    process.stderr.write('Stopped. What has arrived stays; the same command goes on from there.\n')
    return EXIT_INTERRUPTED
  }
}

async function remove(id: string): Promise<void> {
  const [, repository, commit = ''] = /^begun:(.+)@([0-9a-f]+)$/.exec(id) ?? []
  if (repository !== undefined && isCommit(commit)) {
    discard(library.downloads, repository, commit)
    print(`What had arrived of ${repository} was deleted.`)
    return
  }
  const model: Model = library.get(id)
  if (model.removal === 'downloaded') {
    await removePrepared(model.folder, cacheFolder(), [model.name, path.basename(model.folder)])
  }
  library.remove(model)
  print(model.removal === 'downloaded' ? `${model.name} was deleted.` : `${model.name} was forgotten; its files stay.`)
}

function interruptible(): AbortController {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort()
    })
  }
  return stop
}
