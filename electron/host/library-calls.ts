import type { MODEL_CALLS } from '../contract/models.ts'
import type { Handlers } from './dispatcher.ts'
import type { LibraryHost } from './library.ts'

/** The calls about models. */
export function libraryHandlers(library: LibraryHost): Pick<Handlers, keyof typeof MODEL_CALLS> {
  const { downloads } = library
  return {
    'models.list': () => library.list(),
    'models.use': ({ id }) => {
      library.use(id)
      return null
    },
    'models.add': ({ folder }) => library.add(folder),
    'models.pick': () => library.pick(),
    'models.look': ({ repository, revision }) => library.look(repository, revision),
    'models.download': ({ repository, revision }) => library.download(repository, revision),
    'models.pause': ({ id }) => {
      downloads.pause(id)
      return null
    },
    'models.resume': ({ id }) => {
      downloads.resume(id)
      return null
    },
    'models.cancel': async ({ id }) => {
      await downloads.cancel(id)
      return null
    },
    'models.delete': async ({ id }) => {
      await library.remove(id)
      return null
    },
    'models.show': ({ id }) => {
      library.show(id)
      return null
    },
    'models.token': ({ token }) => {
      library.storeToken(token)
      return null
    },
    'models.precision': ({ id, precision }) => {
      library.choosePrecision(id, precision)
      return null
    },
  }
}
