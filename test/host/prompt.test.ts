import { expect, test } from 'vitest'
import { titleOf } from '../../electron/host/title.ts'

test.each([
  ['Short', 'Short'],
  ['  Two\n lines ', 'Two lines'],
  [
    'What would happen to the tides of all the oceans if the moon were twice as heavy as it is now?',
    'What would happen to the tides of all the oceans if the moon…',
  ],
  ['x'.repeat(80), `${'x'.repeat(60)}…`],
  ['🙂'.repeat(80), `${'🙂'.repeat(60)}…`],
])('the title of %j', (text, title) => {
  expect(titleOf(text)).toBe(title)
})
