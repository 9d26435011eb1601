import { expect, test } from 'vitest'
import { outwardLink } from '../../electron/host/links.ts'

test.each([
  ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
  ['HTTP://example.org', 'http://example.org/'],
  ['mailto:a@example.org', 'mailto:a@example.org'],
  ['file:///etc/passwd', null],
  ['javascript:alert(1)', null],
  [' javascript:alert(1)', null],
  ['app://bundle/', null],
  ['smb://host/share', null],
  ['ms-settings:', null],
  ['example.org', null],
  ['', null],
])('%j goes out as %j', (text, link) => {
  expect(outwardLink(text)).toBe(link)
})
