import { expect, test } from 'vitest'
import { LinkGate, needsAsking, outwardLink } from '../../electron/host/links.ts'

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
  ['https://huggingface.co@evil.example/', null],
  ['https://me:secret@example.org/', null],
  [
    'mailto:a@example.org?attach=/etc/passwd&subject=Hi%20there&Attachment=x',
    'mailto:a@example.org?subject=Hi%20there',
  ],
  [`https://example.org/${'a'.repeat(3000)}`, null],
])('%j goes out as %j', (text, link) => {
  expect(outwardLink(text)).toBe(link)
})

test('only known hosts are gone to without asking, and over https alone', () => {
  expect(needsAsking('https://huggingface.co/papers')).toBe(false)
  for (const link of [
    'http://huggingface.co/',
    'https://huggingface.co.evil.example/',
    'https://huggingface.co:8443/',
    'https://example.org/',
    'mailto:a@example.org',
  ]) {
    expect(needsAsking(link)).toBe(true)
  }
})

test('at most three links are opened in ten seconds', () => {
  const gate = new LinkGate()
  expect([0, 1, 2, 3, 9_999].map((at) => gate.pass(at))).toEqual([true, true, true, false, false])
  expect([10_000, 10_000].map((at) => gate.pass(at))).toEqual([true, false])
})
