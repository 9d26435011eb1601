import { expect, it } from 'vitest'
import { windowTitle } from '../../renderer/status/window-title.ts'

const QUIET = { title: 'About the sea', writing: 0, speed: null, unseen: 0 }

it('names the conversation on view', () => {
  expect(windowTitle(QUIET)).toBe('About the sea – Depthwise')
  expect(windowTitle({ ...QUIET, title: null })).toBe('Depthwise')
})

it('tells how fast an answer is written, and of which conversation', () => {
  expect(windowTitle({ ...QUIET, writing: 1, speed: 41.7 })).toBe('Writing… 42 tokens/s — About the sea')
  expect(windowTitle({ ...QUIET, writing: 1 })).toBe('Writing… — About the sea')
  expect(windowTitle({ ...QUIET, writing: 3, speed: 41.7 })).toBe('Writing 3 answers… – Depthwise')
})

it('marks what has ended and was not seen', () => {
  expect(windowTitle({ ...QUIET, unseen: 1 })).toBe('✓ About the sea – Depthwise')
  expect(windowTitle({ ...QUIET, unseen: 2 })).toBe('✓ 2 answers – Depthwise')
})
