import { expect, test } from 'vitest'
import { takeToken } from '../../renderer/connection/token.ts'

function page(hash: string, kept = new Map<string, string>()): Parameters<typeof takeToken>[0] & { shown: string[] } {
  const shown: string[] = []
  return {
    shown,
    location: { hash, pathname: '/' },
    history: { replaceState: (_state: unknown, _title: string, url: string) => shown.push(url) },
    sessionStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    },
  } as unknown as Parameters<typeof takeToken>[0] & { shown: string[] }
}

test('the token leaves the address bar at once, is kept for reloads of its tab, and is in no other', () => {
  const kept = new Map<string, string>()
  const first = page('#token=abc-_1', kept)
  expect(takeToken(first)).toBe('abc-_1')
  expect(first.shown).toEqual(['/'])
  expect(takeToken(page('#12', kept))).toBe('abc-_1')
  expect(takeToken(page(''))).toBe(null)
  expect(takeToken(page('#token=', new Map()))).toBe(null)
})
