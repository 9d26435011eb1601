import { describe, expect, it, vi } from 'vitest'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { FakeHost } from './fake/host.ts'
import { DOWNLOADS, LIBRARY } from './fake/models.ts'

const REPOSITORY = 'ByteDance/Ouro-1.4B-Thinking'

/** A window over the fake host, which knows its models. */
async function opened(library = LIBRARY) {
  const host = new FakeHost({ library })
  const space = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(space.library.known).not.toBeNull()
  })
  return { host, space, library: space.library }
}

const said = (space: Workspace): string => space.notices.all.map(({ text }) => text).join('\n')

describe('the models of this machine', () => {
  it('one takes the place of another, and the engine tells how far it is', async () => {
    const { space, library } = await opened()
    expect(library.current?.id).toBe('built-in')
    const other = library.known!.models[1]!
    expect(await library.use(other.id)).toBe(true)
    expect(library.current?.id).toBe(other.id)
    await vi.waitFor(() => {
      expect(space.application.engine.phase).toBe('preparing')
    })
    await vi.waitFor(() => {
      expect(space.application.engine).toMatchObject({ phase: 'ready', model: { name: other.name } })
    })
  })

  it('one that was found can be used as it lies', async () => {
    const { library } = await opened()
    const [found] = library.known!.found
    await library.use(found!.id)
    expect(library.current).toMatchObject({ id: found!.id, origin: 'gguf' })
  })

  it('a folder is added; what is no folder is refused in words', async () => {
    const { space, library } = await opened()
    expect(await library.add('/models/mine')).toBe(true)
    expect(library.model('folder:/models/mine')).toMatchObject({ name: 'mine', removal: 'added' })
    expect(await library.add('nowhere')).toBe(false)
    expect(said(space)).toContain('There is no such folder. (nowhere)')
  })

  it('a dialog that is closed without a choice adds nothing and says nothing', async () => {
    const { space, library } = await opened()
    expect(await library.pick()).toBe(false)
    expect(library.known!.models).toEqual(LIBRARY.models)
    expect(said(space)).toBe('')
  })

  it('one that is deleted is gone, and the precision chosen for one stays its own', async () => {
    const { library } = await opened()
    const [, smol] = LIBRARY.models
    await library.choosePrecision(smol!.id, 'int4')
    expect(library.model(smol!.id)).toMatchObject({ precision: 'int4', precisionChosen: true })
    await library.choosePrecision(smol!.id, null)
    expect(library.model(smol!.id)).toMatchObject({ precision: 'int8', precisionChosen: false })
    expect(await library.delete(smol!.id)).toBe(true)
    expect(library.model(smol!.id)).toBeNull()
  })
})

describe('downloads', () => {
  it('move on as the host tells, and become a model of the library', async () => {
    const { space, library } = await opened()
    expect(await library.download(REPOSITORY, null)).toBe(true)
    const { id } = library.downloadOf(REPOSITORY)!
    await vi.waitFor(() => {
      expect(library.downloadOf(REPOSITORY)!.bytes).toBeGreaterThan(0)
    })
    await library.pause(id)
    const paused = library.downloadOf(REPOSITORY)!
    expect(paused).toMatchObject({ phase: 'paused', bytesPerSecond: null })
    await library.resume(id)
    await vi.waitFor(() => {
      expect(library.model(`folder:/downloads/${REPOSITORY}`)).not.toBeNull()
    })
    expect(library.downloadOf(REPOSITORY)).toBeNull()
    expect(said(space)).toBe(`${REPOSITORY} is on this machine now.`)
  })

  it('one that failed can be tried again or cancelled', async () => {
    const { library } = await opened({ ...LIBRARY, downloads: [...DOWNLOADS] })
    const failed = library.downloadOf('meta-llama/Llama-3.2-1B-Instruct')!
    await library.resume(failed.id)
    await vi.waitFor(() => {
      expect(library.downloadOf(failed.repository)).toMatchObject({ phase: 'downloading', failure: null })
    })
    await library.cancel(failed.id)
    expect(library.downloadOf(failed.repository)).toBeNull()
    expect(library.known!.downloads).toHaveLength(DOWNLOADS.length - 1)
  })
})

describe('a repository of the Hub', () => {
  it('is asked about only when told to, and what it says is shown', async () => {
    const { host, space } = await opened()
    const asked = vi.spyOn(host.library, 'run')
    const { lookup } = space
    lookup.repository = REPOSITORY
    expect(asked).not.toHaveBeenCalled()
    await lookup.look()
    expect(lookup.result).toMatchObject({ phase: 'found', look: { repository: REPOSITORY } })
    expect(asked.mock.calls).toEqual([['models.look', { repository: REPOSITORY }]])
  })

  it('that is gated is told apart from one that is not there', async () => {
    const { space } = await opened()
    const { lookup } = space
    lookup.repository = 'meta-llama/Llama-3.2-1B'
    await lookup.look()
    expect(lookup.result).toMatchObject({ phase: 'failed', code: 'HUB_GATED' })
    lookup.repository = 'nobody/nothing'
    await lookup.look()
    expect(lookup.result).toMatchObject({ phase: 'failed', code: 'HUB_NOT_FOUND' })
  })

  it('an answer about what stands in the field no more is not shown', async () => {
    const { space } = await opened()
    const { lookup } = space
    lookup.repository = REPOSITORY
    const looking = lookup.look()
    lookup.forget()
    await looking
    expect(lookup.result).toEqual({ phase: 'none' })
  })

  it('named by a link opens the page with its name filled in, and nothing is asked', async () => {
    const { host, space } = await opened()
    const asked = vi.spyOn(host.library, 'run')
    host.emit('models.open', { repository: REPOSITORY, revision: 'v2' })
    expect(space.navigation).toMatchObject({ view: 'models', section: 'add' })
    expect(space.lookup).toMatchObject({ repository: REPOSITORY, revision: 'v2', result: { phase: 'none' } })
    expect(asked).not.toHaveBeenCalled()
  })
})

it('a host without a library says so on the page, and nowhere else', async () => {
  const host = new FakeHost()
  vi.spyOn(host.library, 'run').mockImplementation(() => {
    throw new Error('There is none.')
  })
  const space = new Workspace(new Client(portTransport(host)), null)
  await vi.waitFor(() => {
    expect(space.library.failure).toContain('There is none.')
  })
  expect(space.library.known).toBeNull()
  expect(said(space)).toBe('')
})
