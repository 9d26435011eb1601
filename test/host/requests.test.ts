import { expect, test, vi } from 'vitest'
import { COMMIT, TestHub } from '../hub/server.ts'
import { FILES, NAME, QUICK, WEIGHTS } from '../hub/support.ts'
import { quietLibrary, readyStage, stage, temporaryFolder } from './support.ts'

async function hubStage(dataFolder = temporaryFolder()) {
  const hub = await TestHub.start()
  hub.add(NAME, FILES, { licence: 'mit' })
  const library = {
    ...quietLibrary(dataFolder),
    environment: { HF_ENDPOINT: hub.endpoint, HF_HOME: dataFolder },
    // a slow machine is no silent Hub
    limits: { ...QUICK, stallMs: 20_000 },
  }
  return { hub, address: new URL(hub.endpoint).host, ...readyStage({ dataFolder, library }) }
}

test('nothing is asked unless a person asks', async () => {
  const { client, hub } = await hubStage()
  await client.late('models.list', {})
  expect(client.call('requests.list', {})).toEqual([])
  expect(hub.asked).toEqual([])
})

test('every request is in the list, with what it was for and what came of it, and stays there', async () => {
  const set = await hubStage()
  const { client, hub, address } = set
  await client.late('models.look', { repository: NAME })
  const looks = client.call('requests.list', {})
  expect(looks.length).toBe(hub.asked.length)
  for (const look of looks) expect(look).toMatchObject({ host: address, purpose: 'look', subject: NAME, status: 200 })
  await client.late('models.download', { repository: NAME })
  await vi.waitFor(() => {
    expect(client.last('models.progress')).toMatchObject({ phase: 'done' })
  })
  const all = client.call('requests.list', {})
  expect(all.length).toBe(hub.asked.length)
  const weights = all.find(({ path }) => path.endsWith(`/resolve/${COMMIT}/model.safetensors`))
  expect(weights).toMatchObject({ host: address, purpose: 'download', status: 302, bytes: 0 })
  // large files lie elsewhere
  expect(all.filter(({ host }) => host !== address)).toMatchObject([
    { purpose: 'download', subject: NAME, status: 200, bytes: WEIGHTS.length },
  ])
  expect(all.every(({ path }) => !path.includes('?'))).toBe(true)
  expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort((a, b) => b - a))
  await set.close()
  const again = stage({ dataFolder: set.dataFolder }).client
  expect(again.call('requests.list', {})).toEqual(all)
  again.call('requests.clear', {})
  expect(again.call('requests.list', {})).toEqual([])
})

test('one that was refused, and one that never arrived, are in it too', async () => {
  const { client, hub } = await hubStage()
  await expect(client.late('models.look', { repository: 'nobody/nothing' })).rejects.toThrow()
  expect(client.call('requests.list', {})[0]).toMatchObject({ subject: 'nobody/nothing', status: 401 })
  client.call('requests.clear', {})
  hub.hubFaults = [({ socket }) => socket.destroy().destroyed]
  await expect(client.late('models.look', { repository: NAME })).rejects.toThrow()
  expect(client.call('requests.list', {})[0]).toMatchObject({ subject: NAME, status: null, bytes: null })
})

test('a person learns what the app stands on', () => {
  const { client } = readyStage()
  expect(client.call('app.about', {})).toMatchObject({
    version: '0.0.0-test',
    node: process.versions.node,
    electron: null,
  })
})
