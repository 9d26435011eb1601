import type { Session } from 'electron'
import { protocol } from 'electron'
import { PAGE_HEADERS, readPage } from '../host/pages.ts'

/** Where the window's own pages are; nothing else is ever loaded. */
export const BUNDLE_ORIGIN = 'app://bundle'
export const HOME = `${BUNDLE_ORIGIN}/`

/** Before the app is ready. */
export function declareBundle(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/** Answers requests under `app://bundle` with the files in `pages`. */
export function serveBundle(session: Session, pages: string): void {
  session.protocol.handle('app', async ({ url, method }) => {
    const { host, pathname } = new URL(url)
    const page = host === 'bundle' && (method === 'GET' || method === 'HEAD') ? await readPage(pages, pathname) : null
    const headers = { ...PAGE_HEADERS, 'Content-Type': page?.type ?? 'text/plain; charset=utf-8' }
    if (!page) return new Response('There is no such file.', { status: 404, headers })
    return new Response(new Uint8Array(page.body), { headers })
  })
}
