import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { folderOf, originsIn, partialsIn } from '../../models/hub/partial.ts'
import { COMMIT, FAULTS, TestHub, times } from './server.ts'
import { entries, FILES, NAME, QUICK, run, temporaryFolder, WEIGHTS } from './support.ts'

const LARGE = 'model.safetensors'

async function hubWith(changes: Record<string, string | Buffer> = {}): Promise<TestHub> {
  const hub = await TestHub.start()
  hub.add(NAME, { ...FILES, ...changes }, { licence: 'apache-2.0' })
  return hub
}

const ranges = (hub: TestHub): (string | undefined)[] =>
  hub.asked.filter(({ host }) => host === 'cdn').map(({ headers }) => headers.range)

test('what a model needs arrives, and no twin of it, in a folder that says where it came from', async () => {
  const hub = await hubWith()
  const { folder, models, weights, news } = await run(hub)
  expect(entries(folder)).toEqual(
    [
      '.depthwise-origin.json',
      'LICENSE',
      'README.md',
      'config.json',
      LARGE,
      'tokenizer.json',
      'tokenizer_config.json',
    ].toSorted(),
  )
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(entries(models)).toEqual([path.basename(folder)])
  expect(originsIn(models)).toEqual([{ folder, origin: { repository: NAME, commit: COMMIT, licence: 'apache-2.0' } }])
  const last = news.at(-1)!
  expect(last.bytes).toBe(last.total)
  expect(last.commit).toBe(COMMIT)
  // pages were followed, and everything was asked for by its commit
  expect(hub.asked.filter(({ path: asked }) => asked.includes('/tree/')).length).toBe(4)
  expect(
    hub.asked
      .filter(({ path: asked }) => asked.includes('/resolve/'))
      .every(({ path: asked }) => asked.includes(COMMIT)),
  ).toBe(true)
})

test('a model that is there already costs one question', async () => {
  const hub = await hubWith()
  const { models } = await run(hub)
  const before = hub.asked.length
  await run(hub, { models })
  expect(hub.asked.length - before).toBe(1)
})

test('shards are those that the index names', async () => {
  const hub = await TestHub.start()
  const index = { weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } }
  const small = Object.fromEntries(Object.entries(FILES).filter(([file]) => file !== LARGE))
  hub.add(NAME, {
    ...small,
    'model.safetensors.index.json': JSON.stringify(index),
    'model-00001-of-00002.safetensors': WEIGHTS,
    'model-00002-of-00002.safetensors': WEIGHTS.subarray(5),
    'consolidated.safetensors': WEIGHTS.subarray(9),
  })
  const models = temporaryFolder()
  await expect(run(hub, { models })).rejects.toThrow(/ENOENT/)
  expect(entries(folderOf(models, NAME, COMMIT)).filter((name) => name.endsWith('.safetensors'))).toEqual(
    Object.values(index.weight_map),
  )
})

test('a dropped connection is gone on with where it broke', async () => {
  const hub = await hubWith()
  hub.faults = [times(2, FAULTS.dropped(WEIGHTS, LARGE))]
  const { weights } = await run(hub)
  expect(weights.equals(WEIGHTS)).toBe(true)
  const [first, ...later] = ranges(hub).map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0))
  expect(first).toBe(0)
  expect(later.length).toBe(2)
  // how much arrives before a break is for the network to say
  expect(later[0]).toBeGreaterThan(0)
  expect(later[1]).toBeGreaterThan(later[0]!)
})

test('a server that falls silent is left, and asked anew', async () => {
  const hub = await hubWith()
  hub.faults = [times(1, FAULTS.stalled(WEIGHTS, LARGE))]
  const { weights, news } = await run(hub)
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(ranges(hub)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
  expect(news.some(({ waiting }) => waiting?.includes('Nothing has arrived'))).toBe(true)
})

test('a file with the wrong hash is fetched once more, from its beginning', async () => {
  const hub = await hubWith()
  hub.faults = [times(1, FAULTS.damaged(WEIGHTS, LARGE))]
  const { weights } = await run(hub)
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(ranges(hub)).toEqual([undefined, undefined])
})

test.each([LARGE, 'config.json'])('%s that is wrong twice is refused, and none of it is kept', async (file) => {
  const hub = await hubWith()
  const content = Buffer.from(FILES[file as keyof typeof FILES])
  hub.faults = [FAULTS.damaged(content, file)]
  const models = temporaryFolder()
  await expect(run(hub, { models })).rejects.toMatchObject({ code: 'DOWNLOAD_DAMAGED', detail: file })
  const partial = `${folderOf(models, NAME, COMMIT)}.partial`
  expect(existsSync(path.join(partial, file))).toBe(false)
  expect(existsSync(folderOf(models, NAME, COMMIT))).toBe(false)
})

test('small files that are sent compressed are unpacked', async () => {
  const hub = await hubWith()
  hub.faults = [
    (...all) => all[2] === 'config.json' && FAULTS.zipped(Buffer.from(FILES['config.json']), 'config.json')(...all),
  ]
  const { folder } = await run(hub)
  expect(readFileSync(path.join(folder, 'config.json'), 'utf8')).toBe(FILES['config.json'])
  expect(hub.asked.every(({ headers }) => headers['accept-encoding'] === 'identity')).toBe(true)
})

test('a download is broken off and gone on with by another process, by commit and mark', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  const stop = new AbortController()
  hub.faults = [FAULTS.stalled(WEIGHTS, LARGE)]
  const first = run(hub, {
    models,
    signal: stop.signal,
    limits: { stallMs: 10_000 },
    tell: ({ bytes }) => {
      if (bytes >= 150_000) stop.abort()
    },
  })
  await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(partialsIn(models)).toMatchObject([{ repository: NAME, commit: COMMIT }])
  hub.faults = []
  hub.asked.length = 0
  const { weights } = await run(hub, { models, revision: COMMIT })
  expect(weights.equals(WEIGHTS)).toBe(true)
  const [large] = hub.asked.filter(({ host }) => host === 'cdn')
  expect(large!.headers.range).toMatch(/^bytes=1\d{5}-$/)
  expect(large!.headers['if-range']).toBe(hub.etagOf(WEIGHTS))
  // what was complete is not asked for again
  expect(hub.asked.some(({ path: asked }) => asked.endsWith('/tokenizer.json'))).toBe(false)
  expect(partialsIn(models)).toEqual([])
})

/** As if a download had been broken off behind its 1000th byte. */
async function begun(hub: TestHub, models: string, content = WEIGHTS.subarray(0, 1000)): Promise<string> {
  const stop = new AbortController()
  hub.faults = [FAULTS.stalled(WEIGHTS, LARGE)]
  await run(hub, {
    models,
    signal: stop.signal,
    tell: ({ bytes }) => {
      if (bytes >= 150_000) stop.abort()
    },
  }).catch(() => undefined)
  hub.faults = []
  hub.asked.length = 0
  const place = path.join(`${folderOf(models, NAME, COMMIT)}.partial`, LARGE)
  writeFileSync(place, content)
  return place
}

test('where a Range is answered with all of the file, it begins anew', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  await begun(hub, models, Buffer.alloc(1000))
  hub.faults = [FAULTS.rangeless(WEIGHTS, LARGE)]
  const { weights } = await run(hub, { models })
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(ranges(hub)).toEqual(['bytes=1000-'])
})

test('where the mark has changed, it begins anew', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  await begun(hub, models, Buffer.alloc(1000))
  hub.etagOf = () => '"another"'
  const { weights } = await run(hub, { models })
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(ranges(hub)).toEqual(['bytes=1000-'])
})

test('where a weak mark has changed, which no If-Range can say, it begins anew', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  hub.etagOf = () => 'W/"one"'
  await begun(hub, models, Buffer.alloc(1000))
  hub.etagOf = () => 'W/"two"'
  const state = path.join(`${folderOf(models, NAME, COMMIT)}.partial`, 'download.json')
  const kept = JSON.parse(readFileSync(state, 'utf8')) as { etags: Record<string, string> }
  writeFileSync(state, JSON.stringify({ ...kept, etags: { [LARGE]: 'W/"one"' } }))
  const { weights } = await run(hub, { models })
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(ranges(hub)).toEqual(['bytes=1000-', undefined])
})

test('a beginning that is longer than the file is thrown away', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  const place = await begun(hub, models)
  appendFileSync(place, Buffer.alloc(400_000))
  const { weights } = await run(hub, { models })
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(ranges(hub)).toEqual([undefined])
})

test('a server that knows no such Range (416) is asked for all of it', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  await begun(hub, models)
  hub.faults = [times(1, (request, response, file) => file === LARGE && FAULTS.status(416)(request, response, file))]
  const { weights } = await run(hub, { models })
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(ranges(hub)).toEqual(['bytes=1000-', undefined])
})

test('a complete file whose hash was never compared is compared, not fetched', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  await begun(hub, models, WEIGHTS)
  await run(hub, { models })
  expect(ranges(hub)).toEqual([])
})

test('where a signed address has expired, the Hub is asked for another', async () => {
  const hub = await hubWith()
  hub.faults = [
    times(1, (request, response, file) => {
      const isTaken = FAULTS.dropped(WEIGHTS, LARGE)(request, response, file)
      return isTaken
    }),
  ]
  // between redirect and request the address becomes invalid, once
  let isExpired = false
  hub.hubFaults = [
    (_request, response, file) => {
      if (!file.endsWith(LARGE) || isExpired) return false
      isExpired = true
      response.on('finish', () => {
        hub.expire()
      })
      return false
    },
  ]
  const { weights } = await run(hub)
  expect(weights.equals(WEIGHTS)).toBe(true)
  expect(hub.asked.filter(({ path: asked }) => asked.endsWith(`/${LARGE}`)).length).toBe(3)
})

test.each([500, 503, 504])('HTTP %i in passing is waited out', async (status) => {
  const hub = await hubWith()
  hub.hubFaults = [times(2, FAULTS.status(status))]
  hub.faults = [times(1, FAULTS.status(status))]
  const { weights } = await run(hub)
  expect(weights.equals(WEIGHTS)).toBe(true)
})

test('429 is waited out for as long as the Hub asks, and said', async () => {
  const hub = await hubWith()
  hub.hubFaults = [
    times(
      1,
      FAULTS.status(429, { RateLimit: '"api";r=0;t=0', 'RateLimit-Policy': '"fixed window";"api";q=500;w=300' }),
    ),
  ]
  const { news } = await run(hub)
  expect(news.map(({ waiting }) => waiting)).toContain(
    'The Hub has had too many requests from here. It is tried again in a second.',
  )
  expect(news.at(-1)!.waiting).toBe(null)
})

test('429 for longer than any window is given up', async () => {
  const hub = await hubWith()
  hub.hubFaults = [FAULTS.status(429, { RateLimit: '"resolvers";r=0;t=7000' })]
  await expect(run(hub)).rejects.toMatchObject({ code: 'HUB_BUSY' })
})

test('what never succeeds is given up, and can be gone on with', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  hub.faults = [(request, response, file) => file === LARGE && FAULTS.status(502)(request, response, file)]
  await expect(run(hub, { models })).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' })
  expect(ranges(hub).length).toBe(QUICK.backoffMs.length + 1)
  hub.faults = []
  const { weights } = await run(hub, { models })
  expect(weights.equals(WEIGHTS)).toBe(true)
})

test('a folder that another process writes is left alone', async () => {
  const hub = await hubWith()
  const models = temporaryFolder()
  const partial = `${folderOf(models, NAME, COMMIT)}.partial`
  mkdirSync(partial)
  const state = { repository: NAME, commit: COMMIT, licence: null, files: [], done: [], etags: {}, pid: process.ppid }
  writeFileSync(path.join(partial, 'download.json'), JSON.stringify(state))
  await expect(run(hub, { models })).rejects.toMatchObject({ code: 'BUSY' })
  expect(statSync(partial).isDirectory()).toBe(true)
})
