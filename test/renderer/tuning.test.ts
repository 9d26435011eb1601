import { describe, expect, it, vi } from 'vitest'
import type { TunedPoint } from '../../electron/contract/tuning.ts'
import { TUNING_TEXT } from '../../electron/contract/tuning.ts'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { lineOf, lossOf, lossRange, lowestAsGood, speedOf, speedRange, valueAt } from '../../renderer/tune/curve.ts'
import { readTuningText } from '../../renderer/tune/file.ts'
import { FakeHost } from './fake/host.ts'
import { POINTS } from './fake/tuning.ts'

const point = (budget: number, loss: number, tokensPerSecond = 10): TunedPoint => ({
  budget,
  loss,
  tokensPerSecond,
  meanDepth: 1,
  tokens: 424,
})

describe('the curve', () => {
  it('is drawn to scale: both ends of the loss are in it, and speed begins at nothing', () => {
    const losses = lossRange(POINTS)
    expect(losses.low).toBeLessThan(3.073)
    expect(losses.high).toBeGreaterThan(3.312)
    expect(speedRange(POINTS)).toEqual({ low: 0, high: 120 })
    expect(lineOf([point(0, 3), point(100, 2)], lossOf, { low: 2, high: 4 })).toBe('M0 50.00L100 100.00')
    expect(lineOf([], lossOf, { low: 0, high: 1 })).toBe('')
  })

  it('looks level where it moves by less than can be told from an answer', () => {
    // the built-in model's own, of its card
    const level = [point(0, 2.0698), point(50, 2.0641), point(100, 2.0702)]
    const { low, high } = lossRange(level)
    expect((2.0702 - 2.0641) / (high - low)).toBeLessThan(0.05)
  })

  it('has a value between its points, and none beside them', () => {
    expect(valueAt(POINTS, 50, lossOf)).toBe(3.103)
    expect(valueAt(POINTS, 45, speedOf)).toBeCloseTo((81.9 + 78.8) / 2, 9)
    expect(valueAt(POINTS.slice(2, 4), 10, lossOf)).toBeNull()
    expect(valueAt([], 10, lossOf)).toBeNull()
  })

  it('tells the lowest budget that is as good as the best', () => {
    expect(lowestAsGood(POINTS)?.budget).toBe(70)
    expect(lowestAsGood([point(0, 2.0698), point(50, 2.0641), point(100, 2.0702)])?.budget).toBe(0)
    expect(lowestAsGood([])).toBeNull()
    expect(
      lowestAsGood([
        { ...point(0, 2), tokens: 38 },
        { ...point(100, 2.03), tokens: 38 },
      ]),
    ).toBeNull()
  })
})

describe('a file to measure with', () => {
  const file = (content: string | Uint8Array<ArrayBuffer>) => new File([content], 'notes.md')

  it('is read from its beginning, however long it is', async () => {
    const text = 'Fähren fahren früh. '.repeat(30)
    expect(await readTuningText(file(text))).toEqual({ name: 'notes.md', content: text })
    const { content } = await readTuningText(file('🌊'.repeat(TUNING_TEXT.most)))
    expect(content.length).toBeLessThanOrEqual(TUNING_TEXT.most)
    expect(content.isWellFormed()).toBe(true)
    // ends in the middle of a character of three bytes
    const cut = await readTuningText(file('€'.repeat(TUNING_TEXT.most * 2)))
    expect(new Set(cut.content)).toEqual(new Set(['€']))
  })

  it('is refused where it is no text or too short', async () => {
    const picture = new Uint8Array(1000).fill(0xff)
    await expect(readTuningText(file(picture))).rejects.toThrow('“notes.md” is not a text in UTF-8.')
    await expect(readTuningText(file('a\0'.repeat(500)))).rejects.toThrow('is not a text')
    await expect(readTuningText(file('Too short. '.repeat(5)))).rejects.toThrow('needs 400 characters at least')
  })
})

describe('a measurement', () => {
  async function opened() {
    const host = new FakeHost()
    const space = new Workspace(new Client(portTransport(host)), null)
    await vi.waitFor(() => {
      expect(space.application.settings).not.toBeNull()
    })
    return { host, space, tuning: space.tuning }
  }

  it('is followed point by point, and its curve stays', async () => {
    const { host, tuning } = await opened()
    expect(tuning.points).toEqual([])
    await tuning.start(null)
    await vi.waitFor(() => {
      expect(tuning.measuring).toMatchObject({ text: null, points: [] })
    })
    host.tuning.step(3, true)
    expect(tuning.measuring).toMatchObject({ paused: true, points: POINTS.slice(0, 3) })
    expect(tuning.points).toEqual(POINTS.slice(0, 3))
    host.tuning.step(11)
    expect(tuning.measuring).toBeNull()
    expect(tuning.points).toEqual(POINTS)
  })

  it('shows the curve before it until the first new point comes, and again when it is given up', async () => {
    const { host, tuning } = await opened()
    await tuning.start(null)
    host.tuning.step(11)
    await tuning.start(Promise.resolve({ name: 'notes.md', content: 'a '.repeat(300) }))
    expect(tuning.measuring?.text).toBe('notes.md')
    expect(tuning.points).toEqual(POINTS)
    host.tuning.step(1)
    expect(tuning.points).toHaveLength(1)
    await tuning.stop()
    expect(tuning.points).toEqual(POINTS)
  })

  it('says why a file cannot be read, and begins nothing', async () => {
    const { space, tuning } = await opened()
    expect(await tuning.start(readTuningText(new File(['Hi.'], 'a.txt')))).toBe(false)
    expect(space.notices.all.map(({ text }) => text).join()).toContain('“a.txt” is too short')
    expect(tuning.measuring).toBeNull()
  })
})
