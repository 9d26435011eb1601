import fs from 'node:fs/promises'
import path from 'node:path'

/** What the window may load: its own files and nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // of Chromium, where it is known: no connection of a call is made
  "webrtc 'block'",
  'trusted-types svelte-trusted-html chat-markdown',
].join('; ')

/** Sent with every answer, whatever it is. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-DNS-Prefetch-Control': 'off',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** Only files of these kinds are given out. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

export interface Page {
  body: Buffer
  type: string
}

/** The file that a URL's path (still percent-encoded) names under `root`; null for anything that is not plainly in it. */
export async function readPage(root: string, urlPath: string): Promise<Page | null> {
  const names = namesIn(urlPath)
  if (names === null) return null
  const type = TYPES[path.extname(names.at(-1) ?? '').toLowerCase()]
  if (type === undefined) return null
  try {
    const inside = (await fs.realpath(root)) + path.sep
    const file = await fs.realpath(path.join(root, ...names))
    if (!file.startsWith(inside)) return null
    return { body: await fs.readFile(file), type }
  } catch {
    return null
  }
}

function namesIn(urlPath: string): string[] | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(urlPath)
  } catch {
    return null
  }
  if (!decoded.startsWith('/') || /[\0\\:]/.test(decoded)) return null
  const names = decoded === '/' ? ['index.html'] : decoded.slice(1).split('/')
  return names.some((name) => name === '' || name.startsWith('.')) ? null : names
}
